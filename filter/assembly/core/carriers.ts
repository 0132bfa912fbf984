// Other people's headers enter, the level that one of them carries leaves (filter/config/carriers.ts).
import { constant } from "../abi/ascii";
import { sameBytes } from "../abi/bytes";
import { getHeader, headerSize, headerValue, Presence } from "../abi/headers";
import { getProperty } from "../abi/property";
import { resultData, resultSize } from "../abi/result";
import { levelNamed } from "./levels";
import { memberHasKey, nextMember, valueAt, valueSize } from "./members";
import { noLevel, Root } from "./root";

export const enum Place {
  Header = 0,
  Tracestate = 1,
  Baggage = 2,
}

@unmanaged
export class Carrier {
  place: Place;
  /** The header's name or the member's key. */
  name: usize;
  nameSize: usize;
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

const tracestate = constant("request\0headers\0tracestate");
const tracestateSize: usize = 26;
const baggage = constant("request\0headers\0baggage");
const baggageSize: usize = 23;
/** Begins the properties of a baggage member (W3C Baggage, 3.3). */
const semicolon: u8 = 0x3b;
/** No value of tracestate holds it. */
const nothing: u8 = 0;

/** All of the request's tracestate headers as one list, in the result; false where there are none. */
export function getTracestate(): bool {
  return getProperty(tracestate, tracestateSize);
}

function meaning(root: Root, carrier: Carrier, value: usize, size: usize): i32 {
  if (carrier.values == 0) return levelNamed(root, value, size);
  for (let at = carrier.values; at != 0; at = changetype<CarriedValue>(at).next) {
    const one = changetype<CarriedValue>(at);
    if (one.size == size && sameBytes(one.value, value, size)) return one.level;
  }
  return noLevel;
}

function levelInMember(root: Root, carrier: Carrier, stop: u8): i32 {
  const end = resultData() + resultSize();
  for (let at = resultData(); at < end; ) {
    at = nextMember(at, end);
    if (memberHasKey(carrier.name, carrier.nameSize, stop)) return meaning(root, carrier, valueAt, valueSize);
  }
  return noLevel;
}

function levelIn(root: Root, carrier: Carrier): i32 {
  switch (carrier.place) {
    case Place.Header:
      if (getHeader(carrier.name, carrier.nameSize) != Presence.Present) return noLevel;
      return meaning(root, carrier, headerValue, headerSize);
    case Place.Tracestate:
      return getTracestate() ? levelInMember(root, carrier, nothing) : noLevel;
    default:
      return getProperty(baggage, baggageSize) ? levelInMember(root, carrier, semicolon) : noLevel;
  }
}

/** The level of the first carrier that has one, or noLevel. One host call for each carrier that is looked into. */
export function carriedLevel(root: Root): i32 {
  for (let i = 0; i < root.carrierCount; i++) {
    const level = levelIn(root, changetype<Carrier>(root.carriers + <usize>i * offsetof<Carrier>()));
    if (level != noLevel) return level;
  }
  return noLevel;
}
