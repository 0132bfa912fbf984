// Reads strings of the forms that filter/config/schema.ts allows.
import { isAsciiAt } from "../abi/ascii";
import { variantNameSize } from "../core/route-table";
import { expectString } from "./json";
import { parsedString, parsedStringPoints, parsedStringSize } from "./json-string";
import { refuse, refuseNumber, refuseText } from "./refusal";

const maxLevelName: usize = 32;
const maxHeaderName: usize = 64;
const maxMemberKey: usize = 64;
const maxMethod: usize = 32;
const maxHost: u32 = 253;
/** Limit for the text that a matcher compares with, in characters. */
const maxOperand: u32 = 1024;

function isDigit(byte: u8): bool {
  return byte >= 0x30 && byte <= 0x39;
}

function isLower(byte: u8): bool {
  return byte >= 0x61 && byte <= 0x7a;
}

function isUpper(byte: u8): bool {
  return byte >= 0x41 && byte <= 0x5a;
}

/** Lower-case letters, digits and the other characters of an HTTP token (RFC 9110, 5.6.2). */
function isHeaderByte(byte: u8): bool {
  if (isLower(byte) || isDigit(byte)) return true;
  if (byte == 0x21 || (byte >= 0x23 && byte <= 0x27) || byte == 0x2a || byte == 0x2b) return true;
  return byte == 0x2d || byte == 0x2e || byte == 0x5e || byte == 0x5f || byte == 0x60 || byte == 0x7c || byte == 0x7e;
}

function isHeaderName(at: usize, size: usize): bool {
  for (let i: usize = 0; i < size; i++) if (!isHeaderByte(load<u8>(at + i))) return false;
  return size > 0 && size <= maxHeaderName;
}

/** A label of lower-case letters, digits and inner dashes (RFC 1123). */
function isLevelName(at: usize, size: usize): bool {
  if (size == 0 || size > maxLevelName || load<u8>(at) == 0x2d || load<u8>(at + size - 1) == 0x2d) return false;
  for (let i: usize = 0; i < size; i++) {
    const byte = load<u8>(at + i);
    if (!isLower(byte) && !isDigit(byte) && byte != 0x2d) return false;
  }
  return true;
}

function isMethod(at: usize, size: usize): bool {
  for (let i: usize = 0; i < size; i++) if (!isUpper(load<u8>(at + i))) return false;
  return size > 0 && size <= maxMethod;
}

/** Lower-case letters, digits, dots and dashes, or the characters of an IPv6 address in brackets. */
function isHost(at: usize, size: usize): bool {
  let isName = size > 0;
  let isAddress = isName;
  for (let i: usize = 0; i < size; i++) {
    const byte = load<u8>(at + i);
    const both = isDigit(byte) || byte == 0x2e;
    if (!both && !isLower(byte) && byte != 0x2d) isName = false;
    if (!both && (byte < 0x61 || byte > 0x66) && byte != 0x3a && byte != 0x5b && byte != 0x5d) isAddress = false;
  }
  return isName || isAddress;
}

function startsWith(text: string): bool {
  return parsedStringSize >= <usize>text.length && isAsciiAt(parsedString, text);
}

export function readLevelName(): bool {
  if (!expectString()) return false;
  const good = isLevelName(parsedString, parsedStringSize);
  if (!good) refuseText(parsedString, parsedStringSize, "is not a lower-case DNS label of at most 32 characters");
  return good;
}

export function readHeaderName(): bool {
  if (!expectString()) return false;
  const good = isHeaderName(parsedString, parsedStringSize);
  if (!good)
    refuseText(parsedString, parsedStringSize, "is not a lower-case HTTP header name of at most 64 characters");
  return good;
}

/** For tracestate and baggage: lower-case letters, digits and _ - * / @, with a letter or digit first. */
function isMemberKey(at: usize, size: usize): bool {
  for (let i: usize = 0; i < size; i++) {
    const byte = load<u8>(at + i);
    if (isLower(byte) || isDigit(byte)) continue;
    if (i == 0 || (byte != 0x5f && byte != 0x2d && byte != 0x2a && byte != 0x2f && byte != 0x40)) return false;
  }
  return size > 0 && size <= maxMemberKey;
}

export function readMemberKey(): bool {
  if (!expectString()) return false;
  const good = isMemberKey(parsedString, parsedStringSize);
  if (!good)
    refuseText(parsedString, parsedStringSize, "is not a key of at most 64 lower-case letters, digits and _ - * / @");
  return good;
}

/** The beginning of a digest. */
function isVariantName(at: usize, size: usize): bool {
  for (let i: usize = 0; i < size; i++) {
    const byte = load<u8>(at + i);
    if (!isDigit(byte) && (byte < 0x61 || byte > 0x66)) return false;
  }
  return size == variantNameSize;
}

export function readVariantName(): bool {
  if (!expectString()) return false;
  const good = isVariantName(parsedString, parsedStringSize);
  if (!good) refuseText(parsedString, parsedStringSize, "is not 16 lower-case hexadecimal digits");
  return good;
}

export function readMethod(): bool {
  if (!expectString()) return false;
  const good = isMethod(parsedString, parsedStringSize);
  if (!good) refuseText(parsedString, parsedStringSize, "is not an upper-case HTTP method of at most 32 letters");
  return good;
}

export function readHost(): bool {
  if (!expectString()) return false;
  const good = isHost(parsedString, parsedStringSize) && parsedStringSize <= maxHost;
  if (!good)
    refuseText(parsedString, parsedStringSize, "is not a lower-case host name of at most 253 characters without port");
  return good;
}

/** 1 to `max` characters (code points); 0 for no limit. */
export function readFilled(max: u32): bool {
  if (!expectString()) return false;
  if (parsedStringSize == 0) {
    refuse("must not be empty");
    return false;
  }
  const good = max == 0 || parsedStringPoints <= max;
  if (!good) refuseNumber("is too long; the most characters allowed are ", max);
  return good;
}

export function readOperand(): bool {
  return readFilled(maxOperand);
}

export function readPathText(): bool {
  if (!expectString()) return false;
  const good = parsedStringPoints <= maxOperand && startsWith("/");
  if (!good)
    refuseText(parsedString, parsedStringSize, "is not a path of at most 1024 characters that begins with a slash");
  return good;
}

export function readPrincipal(): bool {
  if (!readOperand()) return false;
  const good = !startsWith("spiffe:");
  if (!good) refuseText(parsedString, parsedStringSize, "must be without spiffe://");
  return good;
}
