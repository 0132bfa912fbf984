// Compares bytes of a request with one value of a matcher.
import { glob } from "./glob";
import { isInPercentage } from "./percentage";

export const enum Test {
  Exact = 0,
  Prefix = 1,
  Suffix = 2,
  Contains = 3,
  Glob = 4,
  /** For a percentage: the operand's size is the percentage, and its head the initial hash. */
  Percentage = 5,
  Present = 6,
  Absent = 7,
}

@unmanaged
export class Value {
  /** The operand's first 8 bytes under a mask; for a glob, those before its first star. */
  head: u64;
  mask: u64;
  operand: usize;
  size: usize;
  test: Test;
}

/** A mask for the first `size` bytes of a word. */
export function headMask(size: usize): u64 {
  return size >= 8 ? ~0 : ((<u64>1) << ((<u64>size) << 3)) - 1;
}

/** The first bytes, followed by zeros. Reads 8 bytes, which exist in memory wherever a header or an operand is. */
export function headOf(at: usize, size: usize): u64 {
  return size == 0 ? 0 : load<u64>(at) & headMask(size);
}

/** Whether the bytes at `at`, of which there are enough, begin with the operand. */
function begins(value: Value, at: usize): bool {
  if ((load<u64>(at) & value.mask) != value.head) return false;
  const size = value.size;
  if (size <= 8) return true;
  let i: usize = 8;
  for (; i + 8 <= size; i += 8) if (load<u64>(at + i) != load<u64>(value.operand + i)) return false;
  // The last 8 bytes overlap the previous ones.
  return load<u64>(at + size - 8) == load<u64>(value.operand + size - 8);
}

function contains(value: Value, at: usize, size: usize): bool {
  if (size < value.size) return false;
  const head = value.head;
  const mask = value.mask;
  for (let last = at + size - value.size; at <= last; at++)
    if ((load<u64>(at) & mask) == head && begins(value, at)) return true;
  return false;
}

export function valueHolds(value: Value, at: usize, size: usize): bool {
  switch (value.test) {
    case Test.Exact:
      return size == value.size && begins(value, at);
    case Test.Prefix:
      return size >= value.size && begins(value, at);
    case Test.Suffix:
      return size >= value.size && begins(value, at + size - value.size);
    case Test.Contains:
      return contains(value, at, size);
    case Test.Glob:
      return glob(value.operand, value.size, at, size);
    case Test.Percentage:
      return isInPercentage(value.head, <u32>value.size, at, size);
    default:
      return false;
  }
}
