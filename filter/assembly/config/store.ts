// The block of the configuration that is being compiled: sizes enter, addresses in it leave.
import { asciiAt } from "../abi/ascii";
import { lowerCase } from "../abi/bytes";
import { allocateBlock, blockClass, blockSize, freeBlock } from "../core/block";
import { refuse } from "./refusal";
import { stringAt, stringSize } from "./json-string";

let block: usize = 0;
let sizeClass: i32 = -1;
let used: usize = 0;

/** Compiled records are at most this many times as long as their JSON (a condition of 28 bytes from `"host":"a",`). */
const expansion: usize = 4;
const fixedPart: usize = 2048;

/** The class of the block for a text of `size` bytes. */
export function openStore(size: usize): bool {
  sizeClass = blockClass(size * expansion + fixedPart);
  block = sizeClass < 0 ? 0 : allocateBlock(sizeClass);
  used = 0;
  return block != 0;
}

export function storeClass(): i32 {
  return sizeClass;
}

export function discardStore(): void {
  freeBlock(block, sizeClass);
}

/** Zeroed and aligned to 8 bytes. 0 after a refusal, which `expansion` rules out. */
export function take(size: usize): usize {
  const at = (used + 7) & ~7;
  if (at + size > blockSize(sizeClass)) {
    refuse("needs more memory than its text allows for");
    return 0;
  }
  used = at + size;
  return block + at;
}

/** A copy of the string just read. */
export function keepString(): usize {
  const at = take(stringSize);
  if (at != 0) memory.copy(at, stringAt, stringSize);
  return at;
}

export function keepLowerCase(): usize {
  const at = keepString();
  if (at != 0) for (let i: usize = 0; i < stringSize; i++) store<u8>(at + i, lowerCase(load<u8>(at + i)));
  return at;
}

export function keepAscii(text: string): usize {
  const at = take(text.length);
  if (at != 0) for (let i = 0; i < text.length; i++) store<u8>(at + i, asciiAt(text, i));
  return at;
}
