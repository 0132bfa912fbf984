// Reads a JSON string and unescapes it in place, because it never gets longer.
import { hexadecimalValue } from "../abi/hexadecimal";
import { cursor, end, peek, skip } from "./cursor";
import { refuse } from "./refusal";
import { sequenceSize, writeUtf8 } from "./utf8";

export let parsedString: usize = 0;
/** In bytes. */
export let parsedStringSize: usize = 0;
/** In code points, which is how zod and JSON Schema count. */
export let parsedStringPoints: u32 = 0;

/** The value of the four digits of \uXXXX, or -1. */
function readUnit(): i32 {
  let unit = 0;
  for (let i = 0; i < 4; i++) {
    const digit = hexadecimalValue(peek());
    if (digit < 0) return -1;
    unit = (unit << 4) | digit;
    skip(1);
  }
  return unit;
}

/** The code point of a \u escape, or of two if the first is a high surrogate; -1 if they are malformed. */
function readEscapedPoint(): i32 {
  const high = readUnit();
  if (high < 0xd800 || high > 0xdfff) return high;
  if (high > 0xdbff || peek() != 0x5c) return -1;
  skip(1);
  if (peek() != 0x75) return -1;
  skip(1);
  const low = readUnit();
  return low < 0xdc00 || low > 0xdfff ? -1 : 0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00);
}

/** The code point of the escape after a backslash, or -1. */
function readEscape(): i32 {
  const kind = peek();
  skip(1);
  switch (kind) {
    case 0x22:
    case 0x5c:
    case 0x2f:
      return kind;
    case 0x62:
      return 8;
    case 0x66:
      return 12;
    case 0x6e:
      return 10;
    case 0x72:
      return 13;
    case 0x74:
      return 9;
    case 0x75:
      return readEscapedPoint();
    default:
      return -1;
  }
}

/** Copies the text between quotes to `to`; @returns its end, or 0 if it is malformed. */
function unescapeTo(to: usize): usize {
  while (cursor < end) {
    const byte = load<u8>(cursor);
    if (byte == 0x22) return to;
    if (byte < 0x20) return 0;
    if (byte == 0x5c) {
      skip(1);
      const point = readEscape();
      if (point < 0) return 0;
      to = writeUtf8(to, point);
      parsedStringPoints++;
      continue;
    }
    const size = sequenceSize(cursor, end);
    if (size == 0) return 0;
    memory.copy(to, cursor, size);
    to += size;
    skip(size);
    parsedStringPoints++;
  }
  return 0;
}

/** Reads the string into parsedString, parsedStringSize and parsedStringPoints; false after a refusal. */
export function readString(): bool {
  parsedStringPoints = 0;
  parsedString = cursor + 1;
  parsedStringSize = 0;
  const quoted = peek() == 0x22;
  skip(1);
  const stop = quoted ? unescapeTo(parsedString) : 0;
  if (stop == 0) {
    refuse("is not JSON: a string is malformed");
    return false;
  }
  parsedStringSize = stop - parsedString;
  skip(1);
  return true;
}
