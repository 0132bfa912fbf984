// Provides the memory for the VM's one configuration: its text, followed by the compiled records. The next configuration reuses the memory
// of a refused one (docs/adr/0004).

import { parsedString } from "./json-string";
import { refuse } from "./refusal";

/** Compiled records are at most this many times as long as their JSON (the worst case is a claim: `{"claim":["a"],"exact":"1"},`). */
const expansion: usize = 7;
const fixedPart: usize = 2048;

let top: usize = 0;
let end: usize = 0;

/**
 * Reserves room for a text of `size` bytes and its compiled form; @returns the address for the text, or 0 if the host has no more memory
 */
export function openStore(size: usize): usize {
  const text = (__heap_base + 7) & ~7;
  top = text + size;
  end = top + size * expansion + fixedPart;
  const pages = <i32>((end + 0xffff) >> 16) - memory.size();
  if (pages > 0 && memory.grow(pages) < 0) return 0;
  memory.fill(top, 0, end - top);
  return text;
}

/** Zeroed and aligned to 8 bytes. Returns 0 after a refusal, which `expansion` rules out. */
export function take(size: usize): usize {
  const at = (top + 7) & ~7;
  if (at + size > end) {
    refuse("needs more memory than its text allows for");
    return 0;
  }
  top = at + size;
  return at;
}

/** The beginning of the memory that no configuration uses. */
export function storeEnd(): usize {
  return end;
}

/** The address of the string just read, in the text, which stays. */
export function keepString(): usize {
  return parsedString;
}
