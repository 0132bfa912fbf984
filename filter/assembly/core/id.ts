// A correlator's id in canonical form, 64 bytes: {kind u8, size u8, bytes[48] at 16}. It has the slot's layout, so that the two compare
// field by field.
import { hashBytes, hashStart, sameBytes } from "../abi/bytes";

export const enum IdKind {
  /** x-request-id, the whole value. */
  Request = 1,
  /** 32 lower-case hexadecimal digits; for an id of 64 bits the first 16 are zeros. */
  Trace = 2,
}

export const maxId: usize = 48;
export const idSize: usize = 64;

/** Digits of 64 bits: half a trace id. */
const half: usize = 16;

function areZeros(at: usize): bool {
  return load<u64>(at) == 0x3030303030303030 && load<u64>(at, 8) == 0x3030303030303030;
}

/**
 * Whether two ids of this kind and size may be the same id: they are equal, or they are trace ids of which one has only the other's lower
 * 64 bits. Some tracers keep no more (x-datadog-trace-id, a short x-b3-traceid), whatever they received.
 */
export function mayBeOne(kind: u8, one: usize, other: usize, size: usize): bool {
  if (kind != IdKind.Trace) return sameBytes(one, other, size);
  if (!sameBytes(one + half, other + half, half)) return false;
  return areZeros(one) || areZeros(other) || sameBytes(one, other, half);
}

@unmanaged
export class Id {
  kind: u8;
  size: u8;

  @inline bytes(): usize {
    return changetype<usize>(this) + 16;
  }

  /** `size` is at most maxId. */
  set(kind: IdKind, at: usize, size: usize): void {
    this.kind = <u8>kind;
    this.size = <u8>size;
    memory.copy(this.bytes(), at, size);
  }

  setZeros(kind: IdKind, size: usize): void {
    this.kind = <u8>kind;
    this.size = <u8>size;
    memory.fill(this.bytes(), 0x30, size);
  }

  /** Whether the other id adds nothing to this one, which is then the longer of the two. */
  absorbs(other: Id): bool {
    if (this.kind != other.kind || this.size != other.size) return false;
    if (!mayBeOne(this.kind, this.bytes(), other.bytes(), this.size)) return false;
    if (areZeros(this.bytes())) memory.copy(this.bytes(), other.bytes(), this.size);
    return true;
  }

  /** The same hash for ids that may be the same id: for a trace id, that of the lower 64 bits, if they are not zero. */
  hash(): u64 {
    const skip: usize = this.kind == IdKind.Trace && !areZeros(this.bytes() + half) ? half : 0;
    const hash = hashBytes(hashStart, this.bytes() + skip, this.size - skip) ^ this.kind;
    return hash ^ (hash >> 32);
  }
}
