// Provides memory for what the host hands over. It is a bump arena that each entry from the host empties, so that a request allocates
// nothing that would have to be freed (docs/adr/0004).
const capacity: usize = 65536;
const arena: usize = memory.data(<i32>capacity, 16);
let top: usize = arena;

export function emptyArena(): void {
  top = arena;
}

/** The export `malloc`. Returns 0 if the bytes don't fit: the host then answers InvalidMemoryAccess, and nothing traps. */
export function allocate(size: usize): usize {
  if (size > arena + capacity - top) return 0;
  const start = top;
  top = (top + size + 7) & ~7;
  return start;
}
