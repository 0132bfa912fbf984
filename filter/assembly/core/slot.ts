// One slot of the table: what inbound wrote for an id. 64 bytes, little-endian:
//   0 time u64 (ns, 0 = empty) | 8 level u8 | 9 ambiguous u8 | 10 kind u8 | 11 size u8 | 12 ladder u32 | 16 id[48]
import { sameBytes } from "../abi/bytes";
import { Id, mayBeOne } from "./id";

export const slotSize: usize = 64;
/** Nanoseconds for which two requests with one id count as live at the same time. */
const liveFor: i64 = 60_000_000_000;

/** Whether both requests may be live at the later time. Signed, because workers' clocks may differ and the wall clock may be set back. */
export function areLive(earlier: u64, later: u64): bool {
  return <i64>(later - earlier) < liveFor;
}

@unmanaged
export class Slot {
  time: u64;
  level: u8;
  ambiguous: u8;
  kind: u8;
  size: u8;
  /** Hash of the level names of the ladder that `level` is an index into. */
  ladder: u32;

  @inline bytes(): usize {
    return changetype<usize>(this) + 16;
  }

  /** The whole id is compared, so a collision may lose a join but never makes a wrong one. */
  holds(id: Id): bool {
    return (
      this.time != 0 && this.kind == id.kind && this.size == id.size && sameBytes(this.bytes(), id.bytes(), id.size)
    );
  }

  /** Whether this slot may have been written by the request with this id. */
  mayHold(id: Id): bool {
    return (
      this.time != 0 &&
      this.kind == id.kind &&
      this.size == id.size &&
      mayBeOne(id.kind, this.bytes(), id.bytes(), id.size)
    );
  }

  /** Takes the slot for an id, whichever had it before. */
  assign(id: Id, ladder: u32, level: i32, time: u64): void {
    this.kind = id.kind;
    this.size = id.size;
    memory.copy(this.bytes(), id.bytes(), id.size);
    this.ladder = ladder;
    this.level = <u8>level;
    this.ambiguous = 0;
    this.time = time;
  }

  /** Adds another request with this slot's id: of live requests that disagree the highest level wins. */
  refresh(ladder: u32, level: i32, time: u64): void {
    const live = this.ladder == ladder && areLive(this.time, time);
    if (live && this.level != <u8>level) {
      this.ambiguous = 1;
      if (this.level < <u8>level) level = this.level;
    } else if (!live) this.ambiguous = 0;
    this.ladder = ladder;
    this.level = <u8>level;
    this.time = time;
  }
}

/** Merges two slots whose ids may be the same, as if the later request had come with the earlier one's id. Overwrites one of them. */
export function together(one: Slot, other: Slot): Slot {
  const earlier = one.time < other.time ? one : other;
  const later = one.time < other.time ? other : one;
  earlier.refresh(earlier.ladder, later.level, later.time);
  earlier.ambiguous |= later.ambiguous;
  return earlier;
}
