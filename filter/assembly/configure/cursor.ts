// Keeps the position of the JSON reader in its text.
export let cursor: usize = 0;
export let end: usize = 0;

export function startCursor(at: usize, size: usize): void {
  cursor = at;
  end = at + size;
}

/** The next byte, or 0 at the end; valid JSON contains no zero byte. */
export function peek(): u8 {
  return cursor < end ? load<u8>(cursor) : 0;
}

export function skip(count: usize): void {
  cursor += count;
}

export function isSpace(byte: u8): bool {
  return byte == 0x20 || byte == 0x09 || byte == 0x0a || byte == 0x0d;
}
