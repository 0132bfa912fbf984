// Compares, searches and hashes byte strings in linear memory.

export function sameBytes(a: usize, b: usize, size: usize): bool {
  let i: usize = 0;
  for (; i + 8 <= size; i += 8) if (load<u64>(a + i) != load<u64>(b + i)) return false;
  for (; i < size; i++) if (load<u8>(a + i) != load<u8>(b + i)) return false;
  return true;
}

export function lowerCase(byte: u8): u8 {
  return byte >= 0x41 && byte <= 0x5a ? byte | 0x20 : byte;
}

/** The index of the first such byte, or `size` if there is none. */
export function indexOfByte(at: usize, size: usize, byte: u8): usize {
  for (let i: usize = 0; i < size; i++) if (load<u8>(at + i) == byte) return i;
  return size;
}

export const hashStart: u64 = 0xcbf29ce484222325;

/** FNV-1a, 64 bits; `hash` is hashStart or a previous result. */
export function hashBytes(hash: u64, at: usize, size: usize): u64 {
  for (let i: usize = 0; i < size; i++) hash = (hash ^ load<u8>(at + i)) * 0x100000001b3;
  return hash;
}
