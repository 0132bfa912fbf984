// Numbers enter, their hexadecimal digits leave, in lower case.

export function hexadecimalDigit(nibble: u8): u8 {
  return nibble < 10 ? 0x30 + nibble : 0x57 + nibble;
}

/** Writes sixteen digits. @returns their number */
export function putHexadecimal(to: usize, value: u64): usize {
  for (let i = 0; i < 16; i++) store<u8>(to + i, hexadecimalDigit(<u8>(value >> (60 - (<u64>i << 2))) & 15));
  return 16;
}
