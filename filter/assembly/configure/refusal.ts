// Refuses a configuration: writes one log line with the JSON path of the first error and what is allowed there.
import { asciiAt } from "../abi/ascii";
import { beginLine, logError, putAscii, putByte, putBytes, putNumber } from "../abi/log";

/** Once this is set, every reader returns at once. */
export let refused: bool = false;

const capacity: usize = 256;
const path: usize = memory.data(<i32>capacity, 8);
/** The length of the path to the value that is being read. A reader remembers it and passes it to leavePath. */
export let pathSize: usize = 0;

function put(byte: u8): void {
  if (pathSize < capacity) store<u8>(path + pathSize++, byte);
}

function putDigits(value: u32): void {
  if (value >= 10) putDigits(value / 10);
  put(0x30 + <u8>(value % 10));
}

/** Names in the log what is refused. */
let subject: string = "";

/** Begins to read `what`. */
export function beginReading(what: string): void {
  subject = what;
  refused = false;
  pathSize = 0;
}

export function leavePath(mark: usize): void {
  pathSize = mark;
}

/** Appends the name in `names` (separated by single spaces) that starts at `from`. */
export function enterField(names: string, from: i32): void {
  if (pathSize > 0) put(0x2e);
  for (let i = from; i < names.length && asciiAt(names, i) != 0x20; i++) put(asciiAt(names, i));
}

export function enterItem(index: u32): void {
  put(0x5b);
  putDigits(index);
  put(0x5d);
}

/** Begins the line; the caller continues with log.ts and ends with endRefusal. */
export function beginRefusal(): void {
  refused = true;
  beginLine();
  putAscii("expedite: ");
  putAscii(subject);
  putAscii(" refused: ");
  if (pathSize == 0) return;
  putBytes(path, pathSize);
  putAscii(": ");
}

export function endRefusal(): void {
  logError();
}

export function refuse(message: string): void {
  beginRefusal();
  putAscii(message);
  endRefusal();
}

/** Like refuse, with the value in question before the message: `"bulk" is not …`. */
export function refuseText(value: usize, size: usize, message: string): void {
  beginRefusal();
  putAscii('"');
  putBytes(value, size);
  putAscii('" ');
  putAscii(message);
  endRefusal();
}

export function refuseNumber(message: string, limit: u32): void {
  beginRefusal();
  putAscii(message);
  putNumber(limit);
  endRefusal();
}

export function putNames(names: string): void {
  for (let i = 0; i < names.length; i++) {
    if (asciiAt(names, i) == 0x20) putByte(0x2c);
    putByte(asciiAt(names, i));
  }
}

/** @param names the allowed values, separated by single spaces */
export function refuseChoice(value: usize, size: usize, names: string): void {
  beginRefusal();
  putAscii('"');
  putBytes(value, size);
  putAscii('" is not one of: ');
  putNames(names);
  endRefusal();
}
