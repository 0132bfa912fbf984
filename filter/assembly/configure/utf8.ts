// Checks and writes UTF-8 (RFC 3629).

function isContinuation(byte: u8): bool {
  return (byte & 0xc0) == 0x80;
}

/** The size, 1 to 4, of the well-formed sequence at `at`; 0 if there is none (overlong, surrogate, cut off). */
export function sequenceSize(at: usize, end: usize): usize {
  const first = load<u8>(at);
  if (first < 0x80) return 1;
  const size: usize =
    first >= 0xc2 && first <= 0xdf ? 2 : (first & 0xf0) == 0xe0 ? 3 : first >= 0xf0 && first <= 0xf4 ? 4 : 0;
  if (size == 0 || at + size > end) return 0;
  for (let i: usize = 1; i < size; i++) if (!isContinuation(load<u8>(at + i))) return 0;
  const second = load<u8>(at + 1);
  if (first == 0xe0 && second < 0xa0) return 0;
  if (first == 0xed && second > 0x9f) return 0;
  if (first == 0xf0 && second < 0x90) return 0;
  if (first == 0xf4 && second > 0x8f) return 0;
  return size;
}

/** @returns the address after the sequence */
export function writeUtf8(to: usize, point: i32): usize {
  if (point < 0x80) {
    store<u8>(to, point);
    return to + 1;
  }
  const size = point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
  for (let i = size - 1; i > 0; i--) {
    store<u8>(to + i, 0x80 | (point & 0x3f));
    point >>= 6;
  }
  store<u8>(to, (size == 2 ? 0xc0 : size == 3 ? 0xe0 : 0xf0) | point);
  return to + size;
}
