// A correlator's id in canonical form, 64 bytes: {kind u8, size u8, bytes[48] at 16}. It has the slot's layout, so that
// the two compare field by field.
import { hashBytes, hashStart, sameBytes } from "../abi/bytes";

export const enum IdKind {
  /** x-request-id, the whole value. */
  Request = 1,
  /** 32 lower-case hexadecimal digits. */
  Trace = 2,
}

export const maxId: usize = 48;
export const idSize: usize = 64;

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

  equals(other: Id): bool {
    return this.kind == other.kind && this.size == other.size && sameBytes(this.bytes(), other.bytes(), this.size);
  }

  hash(): u64 {
    const hash = hashBytes(hashStart, this.bytes(), this.size) ^ this.kind;
    return hash ^ (hash >> 32);
  }
}
