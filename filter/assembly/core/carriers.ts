// Other people's headers enter, the level that one of them carries leaves (filter/config/carriers.ts).
import { sameBytes } from "../abi/bytes";
import { getHeader, headerSize, headerValue, nextHeader, Presence } from "../abi/headers";
import { levelNamed } from "./levels";
import { baggageMemberHasKey, memberHasKey, nextMember, valueAt, valueSize } from "./members";
import { noLevel, Root } from "./root";

@unmanaged
export class Carrier {
  header: usize;
  headerSize: usize;
  /** Key of a member of the header's list; 0 where the level is the header's whole value. */
  key: usize;
  keySize: usize;
  /** The list is one of baggage, else of tracestate. */
  isBaggage: bool;
  /** First CarriedValue; 0 where the value is a level's name. */
  values: usize;
}

@unmanaged
export class CarriedValue {
  next: usize;
  value: usize;
  size: usize;
  level: i32;
}

function meaning(root: Root, carrier: Carrier, value: usize, size: usize): i32 {
  if (carrier.values == 0) return levelNamed(root, value, size);
  for (let at = carrier.values; at != 0; at = changetype<CarriedValue>(at).next) {
    const one = changetype<CarriedValue>(at);
    if (one.size == size && sameBytes(one.value, value, size)) return one.level;
  }
  return noLevel;
}

/** Finds the member in one of the header's values; its value is then valueAt and valueSize. */
function findMember(carrier: Carrier): bool {
  const end = headerValue + headerSize;
  for (let at = headerValue; at < end; ) {
    at = nextMember(at, end);
    if (carrier.isBaggage ? baggageMemberHasKey(carrier.key, carrier.keySize) : memberHasKey(carrier.key, carrier.keySize)) return true;
  }
  return false;
}

function levelIn(root: Root, carrier: Carrier): i32 {
  if (getHeader(carrier.header, carrier.headerSize) != Presence.Present) return noLevel;
  if (carrier.key == 0) return meaning(root, carrier, headerValue, headerSize);
  do {
    if (findMember(carrier)) return meaning(root, carrier, valueAt, valueSize);
  } while (nextHeader(carrier.header, carrier.headerSize));
  return noLevel;
}

/** The level of the first carrier that has one, or noLevel. */
export function carriedLevel(root: Root): i32 {
  for (let i = 0; i < root.carrierCount; i++) {
    const level = levelIn(root, changetype<Carrier>(root.carriers + <usize>i * offsetof<Carrier>()));
    if (level != noLevel) return level;
  }
  return noLevel;
}
