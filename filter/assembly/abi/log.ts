// Composes one line of Envoy's log from pieces. Whatever exceeds the line is cut off.
import { asciiAt } from "./ascii";
import { proxy_log } from "./env";

const errorLevel: i32 = 4;
const capacity: usize = 1024;
const line: usize = memory.data(<i32>capacity, 8);
let size: usize = 0;

export function beginLine(): void {
  size = 0;
}

export function putByte(byte: u8): void {
  if (size < capacity) store<u8>(line + size++, byte);
}

export function putAscii(text: string): void {
  for (let i = 0; i < text.length; i++) putByte(asciiAt(text, i));
}

/** Appends a user's text; control characters become spaces, so that it stays one line. */
export function putBytes(at: usize, count: usize): void {
  for (let i: usize = 0; i < count; i++) {
    const byte = load<u8>(at + i);
    putByte(byte < 0x20 || byte == 0x7f ? 0x20 : byte);
  }
}

export function putNumber(value: u32): void {
  if (value >= 10) putNumber(value / 10);
  putByte(0x30 + <u8>(value % 10));
}

export function logError(): void {
  proxy_log(errorLevel, line, size);
}
