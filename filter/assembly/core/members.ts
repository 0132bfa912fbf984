// Lists of key=value, as W3C tracestate and baggage have them, enter; members leave.
import { indexOfByte, sameBytes } from "../abi/bytes";

const comma: u8 = 0x2c;
const equals: u8 = 0x3d;

export let memberStart: usize = 0;
/** Without white space around it. */
export let memberSize: usize = 0;
export let valueAt: usize = 0;
export let valueSize: usize = 0;

function isSpace(byte: u8): bool {
  return byte == 0x20 || byte == 0x09;
}

/** Cuts white space off memberStart and memberSize. */
function trim(): void {
  while (memberSize > 0 && isSpace(load<u8>(memberStart))) {
    memberStart++;
    memberSize--;
  }
  while (memberSize > 0 && isSpace(load<u8>(memberStart + memberSize - 1))) memberSize--;
}

/** Reads the member that begins at `at`, without white space around it; @returns where the next one begins, or `end` */
export function nextMember(at: usize, end: usize): usize {
  memberStart = at;
  memberSize = indexOfByte(at, end - at, comma);
  const next = at + memberSize + 1;
  trim();
  return min(next, end);
}

/** Whether the member just read has this key; its value is then valueAt and valueSize, up to `stop` where that is in it. */
export function memberHasKey(key: usize, keySize: usize, stop: u8): bool {
  if (memberSize <= keySize || load<u8>(memberStart + keySize) != equals) return false;
  if (!sameBytes(memberStart, key, keySize)) return false;
  valueAt = memberStart + keySize + 1;
  valueSize = indexOfByte(valueAt, memberSize - keySize - 1, stop);
  return true;
}
