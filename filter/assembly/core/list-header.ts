// Reads headers that are lists: values separated by commas (RFC 9110, 5.6.1), and the key=value members of W3C tracestate and baggage.
import { indexOfByte, sameBytes } from "../abi/bytes";
import { hexadecimalValue } from "../abi/hexadecimal";

const comma: u8 = 0x2c;
const equals: u8 = 0x3d;
const semicolon: u8 = 0x3b;
const percent: u8 = 0x25;

export let foundMember: usize = 0;
/** Without white space around it. */
export let foundMemberSize: usize = 0;
export let foundValue: usize = 0;
export let foundValueSize: usize = 0;

function isSpace(byte: u8): bool {
  return byte == 0x20 || byte == 0x09;
}

/** Trims white space from foundMember and foundMemberSize. */
function trim(): void {
  while (foundMemberSize > 0 && isSpace(load<u8>(foundMember))) {
    foundMember++;
    foundMemberSize--;
  }
  while (foundMemberSize > 0 && isSpace(load<u8>(foundMember + foundMemberSize - 1))) foundMemberSize--;
}

/** Reads the member that begins at `at`, without white space around it; @returns the beginning of the next one, or `end` */
export function nextMember(at: usize, end: usize): usize {
  foundMember = at;
  foundMemberSize = indexOfByte(at, end - at, comma);
  const next = at + foundMemberSize + 1;
  trim();
  return min(next, end);
}

/** Reads the first member that is not empty. If something on the way repeated an id, both are equal. */
export function firstMember(at: usize, size: usize): void {
  const end = at + size;
  foundMemberSize = 0;
  while (at < end && foundMemberSize == 0) at = nextMember(at, end);
}

/** Whether the member just read is a tracestate member with this key; its value is then foundValue and foundValueSize. */
export function memberHasKey(key: usize, keySize: usize): bool {
  if (foundMemberSize <= keySize || load<u8>(foundMember + keySize) != equals) return false;
  if (!sameBytes(foundMember, key, keySize)) return false;
  foundValue = foundMember + keySize + 1;
  foundValueSize = foundMemberSize - keySize - 1;
  return true;
}

/** One byte more than the longest value that a configuration can name, 64 characters: a longer value equals none. */
const decodedCapacity: usize = 4 * 64 + 1;
const decoded: usize = memory.data(<i32>decodedCapacity);

/** Undoes percent-encoding (RFC 3986, 2.1) into foundValue and foundValueSize; invalid encodings are left as they are. */
function decode(at: usize, size: usize): void {
  foundValue = decoded;
  foundValueSize = 0;
  for (let i: usize = 0; i < size && foundValueSize < decodedCapacity; i++) {
    let byte = load<u8>(at + i);
    if (byte == percent && i + 2 < size) {
      const value = (hexadecimalValue(load<u8>(at + i, 1)) << 4) | hexadecimalValue(load<u8>(at + i, 2));
      if (value >= 0) {
        byte = <u8>value;
        i += 2;
      }
    }
    store<u8>(decoded + foundValueSize++, byte);
  }
}

/**
 * The same for baggage: key OWS "=" OWS value *( OWS ";" OWS property ), with a percent-encoded value (W3C Baggage, 3.2). Changes
 * foundMember and foundMemberSize.
 */
export function baggageMemberHasKey(key: usize, keySize: usize): bool {
  if (foundMemberSize <= keySize || !sameBytes(foundMember, key, keySize)) return false;
  foundMemberSize = indexOfByte(foundMember, foundMemberSize, semicolon) - keySize;
  foundMember += keySize;
  trim();
  if (foundMemberSize == 0 || load<u8>(foundMember) != equals) return false;
  foundMember++;
  foundMemberSize--;
  trim();
  decode(foundMember, foundMemberSize);
  return true;
}
