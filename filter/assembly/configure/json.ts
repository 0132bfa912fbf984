// Reads JSON (RFC 8259) strictly: UTF-8 only, no duplicate or unknown keys, nothing after the end. It reads only what its caller expects
// next, so that the configuration's own shape bounds the nesting.
import { asciiAt, isAsciiAt } from "../abi/ascii";
import { cursor, end, isSpace, peek, skip, startCursor } from "./cursor";
import { parsedString, parsedStringSize, readString } from "./json-string";
import { enterField, enterItem, leavePath, pathSize, refuse, refuseChoice, refused, refuseNumber } from "./refusal";

export function beginText(at: usize, size: usize): void {
  startCursor(at, size);
}

/** Refuses anything after the value. */
export function endText(): void {
  skipSpace();
  if (!refused && cursor < end) refuse("has text after its end");
}

function skipSpace(): void {
  while (cursor < end && isSpace(load<u8>(cursor))) skip(1);
}

/** Consumes the byte if it comes next. */
function take(byte: u8): bool {
  skipSpace();
  if (peek() != byte) return false;
  skip(1);
  return true;
}

function open(byte: u8, message: string): bool {
  if (!take(byte)) refuse(message);
  return !refused;
}

export function openObject(): bool {
  return open(0x7b, "must be an object");
}

export function openArray(): bool {
  return open(0x5b, "must be an array");
}

/** Consumes the comma before every member but the first; true if a member follows. */
function nextMember(first: bool, close: u8): bool {
  if (take(close)) return false;
  if (!first && !take(0x2c)) refuse("is not JSON: a comma or the end of the object or array is missing");
  return !refused;
}

/** The index in `names` (separated by single spaces) of the string just read, or -1. Sets nameStart to the beginning of that name. */
let nameStart: i32 = 0;
function indexOfName(names: string): i32 {
  let index = 0;
  nameStart = 0;
  for (let i = 0; i <= names.length; i++) {
    if (i < names.length && asciiAt(names, i) != 0x20) continue;
    if (<usize>(i - nameStart) == parsedStringSize) {
      let k = 0;
      while (nameStart + k < i && asciiAt(names, nameStart + k) == load<u8>(parsedString + k)) k++;
      if (nameStart + k == i) return index;
    }
    nameStart = i + 1;
    index++;
  }
  return -1;
}

/**
 * Reads a key and its colon, and appends the field to the path, which had the length `mark`.
 * @returns the key's index in `names`, or -1 at the end of the object and after a refusal; `seen` has a bit for each key so far
 */
export function nextField(names: string, seen: u32, mark: usize): i32 {
  leavePath(mark);
  if (refused || !nextMember(seen == 0, 0x7d)) return -1;
  skipSpace();
  if (!readString()) return -1;
  const index = indexOfName(names);
  if (index < 0) {
    refuseChoice(parsedString, parsedStringSize, names);
    return -1;
  }
  enterField(names, nameStart);
  if (seen & (1 << index)) refuse("is given twice");
  else if (!take(0x3a)) refuse("is not JSON: a colon is missing");
  return refused ? -1 : index;
}

/** True if an item follows; it is appended to the path, which had the length `mark`. */
export function nextItem(index: u32, mark: usize): bool {
  leavePath(mark);
  if (refused || !nextMember(index == 0, 0x5d)) return false;
  enterItem(index);
  return true;
}

/** Refuses an object that lacks one of the keys in `required`, a bit set over `names`. */
export function requireFields(names: string, seen: u32, required: u32): bool {
  if (refused) return false;
  const missing = required & ~seen;
  if (missing == 0) return true;
  let from = 0;
  for (let left = ctz(missing); left > 0; from++) if (asciiAt(names, from) == 0x20) left--;
  enterField(names, from);
  refuse("is required");
  return false;
}

/** Reads an object: `read` reads the value of each key, given the key's index. @returns a bit for each key, or 0 after a refusal */
export function readFields(names: string, required: u32, read: (key: i32) => void): u32 {
  if (!openObject()) return 0;
  const mark = pathSize;
  let seen: u32 = 0;
  for (let key = nextField(names, 0, mark); key >= 0; key = nextField(names, seen, mark)) {
    seen |= 1 << key;
    read(key);
  }
  return requireFields(names, seen, required) ? seen : 0;
}

/** Reads an array of 1 to `most` items. */
export function readItems(most: u32, read: () => void): void {
  readItemsOrNone(most, read);
  if (!refused && itemCount == 0) refuse("must have an item");
}

/** The number of items in the array just read; a nested array overwrites it. */
let itemCount: u32 = 0;

export function readItemsOrNone(most: u32, read: () => void): void {
  if (!openArray()) return;
  const mark = pathSize;
  let i: u32 = 0;
  for (; nextItem(i, mark); i++) {
    if (i == most) {
      leavePath(mark);
      return refuseNumber("has too many items; the most allowed are ", most);
    }
    read();
  }
  itemCount = i;
}

/** False after a refusal. */
export function expectString(): bool {
  skipSpace();
  if (peek() != 0x22) refuse("must be a string");
  return !refused && readString();
}

/** The index in `names` of the next string, or -1 after a refusal. */
export function readChoice(names: string): i32 {
  if (!expectString()) return -1;
  const index = indexOfName(names);
  if (index < 0) refuseChoice(parsedString, parsedStringSize, names);
  return index;
}

function takeWord(word: string): bool {
  if (<usize>word.length > end - cursor || !isAsciiAt(cursor, word)) return false;
  skip(word.length);
  return true;
}

export function readBoolean(): bool {
  skipSpace();
  if (takeWord("true")) return true;
  if (!takeWord("false")) refuse("must be true or false");
  return false;
}

/** A whole number without sign, fraction or exponent, below 10^9. */
export function readNumber(): u32 {
  skipSpace();
  const start = cursor;
  let value: u32 = 0;
  while (peek() >= 0x30 && peek() <= 0x39 && cursor - start < 10) {
    value = value * 10 + (peek() - 0x30);
    skip(1);
  }
  const digits = cursor - start;
  const next = peek() | 0x20;
  if (digits == 0 || digits > 9 || (digits > 1 && load<u8>(start) == 0x30) || next == 0x2e || next == 0x65)
    refuse("must be a whole number");
  return value;
}
