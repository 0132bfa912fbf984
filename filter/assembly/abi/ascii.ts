// Copies and compares ASCII text from the source, which the compiler keeps as UTF-16, byte by byte and without an allocation.
const capacity: usize = 1536;
const constants: usize = memory.data(<i32>capacity, 4);
let used: usize = 0;

export function asciiAt(text: string, index: i32): u8 {
  return load<u8>(changetype<usize>(text) + ((<usize>index) << 1));
}

export function copyAscii(to: usize, text: string): usize {
  const size = text.length;
  for (let i = 0; i < size; i++) store<u8>(to + i, asciiAt(text, i));
  return size;
}

/** Bytes at a fixed address, and their number. */
@unmanaged
export class Constant {
  size: usize;

  @inline get at(): usize {
    return changetype<usize>(this) + 4;
  }
}

/** For top-level constants only, because the source fixes their number. */
export function constant(text: string): Constant {
  const it = changetype<Constant>(constants + used);
  used = (used + 4 + text.length + 3) & ~3;
  if (used > capacity) unreachable(); // runs in _initialize, so that such a module fails the first test
  it.size = copyAscii(it.at, text);
  return it;
}

/** Whether the text is at `from`; the caller ensures that there are enough bytes. */
export function isAsciiAt(from: usize, text: string): bool {
  for (let i = 0; i < text.length; i++) if (load<u8>(from + <usize>i) != asciiAt(text, i)) return false;
  return true;
}

export function isAscii(at: usize, size: usize, text: string): bool {
  return size == <usize>text.length && isAsciiAt(at, text);
}
