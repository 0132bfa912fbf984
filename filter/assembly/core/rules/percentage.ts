// Decides whether a request id belongs to a percentage of all ids, with the same result on every hop and worker and after every reload.
import { hashBytes } from "../../abi/bytes";
import { firstMember, foundMember, foundMemberSize } from "../list-header";
import { isUuid, uuidTraceByte } from "../uuid";

/** Spreads the differences that FNV leaves in a few bits over all bits (the finalizer of MurmurHash3). */
function mixed(hash: u64): u64 {
  hash = (hash ^ (hash >> 33)) * 0xff51afd7ed558ccd;
  hash = (hash ^ (hash >> 33)) * 0xc4ceb9fe1a85ec53;
  return hash ^ (hash >> 33);
}

/** `start` is the hash of the rule's name. */
export function isInPercentage(start: u64, percent: u32, value: usize, valueSize: usize): bool {
  firstMember(value, valueSize);
  const at = foundMember;
  const size = foundMemberSize;
  if (size == 0) return false;
  let hash: u64;
  if (isUuid(at, size)) {
    hash = hashBytes(start, at, uuidTraceByte);
    hash = hashBytes(hash, at + uuidTraceByte + 1, size - uuidTraceByte - 1);
  } else hash = hashBytes(start, at, size);
  return ((mixed(hash) >> 32) * 100) >> 32 < percent;
}
