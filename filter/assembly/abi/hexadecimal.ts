// Writes and reads hexadecimal digits.

export function hexadecimalDigit(nibble: u8): u8 {
  return nibble < 10 ? 0x30 + nibble : 0x57 + nibble;
}

/** The value of a hexadecimal digit in either case, or -1. */
export function hexadecimalValue(digit: u8): i32 {
  if (digit >= 0x30 && digit <= 0x39) return digit - 0x30;
  const lower = digit | 0x20;
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : -1;
}

/** The number of digits of 64 bits. */
export const hexadecimalDigits: i32 = 16;

/** Writes sixteen digits. @returns their number */
export function putHexadecimal(to: usize, value: u64): usize {
  for (let i = 0; i < hexadecimalDigits; i++)
    store<u8>(to + i, hexadecimalDigit(<u8>(value >> (60 - ((<u64>i) << 2))) & 15));
  return hexadecimalDigits;
}
