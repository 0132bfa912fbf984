// Blocks of memory for compiled configurations: sizes enter, addresses leave, and freed blocks are used again.
// Sizes are powers of two, so that reloads without end need no more than the largest of each size that lived at once.
const smallest: usize = 4096;
const classes: i32 = 10; // up to 2 MiB
const free: usize = memory.data(40, 4);

let heapTop: usize = 0;

/** Takes fresh memory; nothing else in the module does (docs/adr/0004). 0 where the host refuses more. */
function grow(size: usize): usize {
  if (heapTop == 0) heapTop = (__heap_base + 15) & ~15;
  const end = <usize>memory.size() << 16;
  if (heapTop + size > end) {
    const pages = (heapTop + size - end + 0xffff) >> 16;
    if (memory.grow(<i32>pages) < 0) return 0;
  }
  const at = heapTop;
  heapTop += size;
  return at;
}

/** The class of the smallest block that holds `size` bytes, or -1. */
export function blockClass(size: usize): i32 {
  for (let i = 0; i < classes; i++) if (smallest << i >= size) return i;
  return -1;
}

export function blockSize(sizeClass: i32): usize {
  return smallest << sizeClass;
}

/** The address of a zeroed block, or 0. */
export function allocateBlock(sizeClass: i32): usize {
  const head = free + (<usize>sizeClass << 2);
  let block: usize = load<u32>(head);
  if (block != 0) store<u32>(head, load<u32>(block));
  else block = grow(blockSize(sizeClass));
  if (block != 0) memory.fill(block, 0, blockSize(sizeClass));
  return block;
}

export function freeBlock(block: usize, sizeClass: i32): void {
  const head = free + (<usize>sizeClass << 2);
  store<u32>(block, load<u32>(head));
  store<u32>(head, <u32>block);
}
