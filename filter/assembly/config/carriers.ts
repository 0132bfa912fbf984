// The JSON of `readFrom` and `writeTo` enters; Carrier records and the key of our tracestate member leave.
import { constant } from "../abi/ascii";
import { CarriedValue, Carrier } from "../core/carriers";
import { Root } from "../core/root";
import { tracestate } from "../core/tracestate";
import { nextField, nextItem, openArray, openObject, requireFields } from "./json";
import { stringAt, stringSize } from "./json-string";
import { resolveLevel } from "./ladder";
import { enterField, enterItem, leavePath, pathSize, refuse, refuseNumber, refused } from "./refusal";
import { keepString, take } from "./store";
import { readFilled, readHeaderName, readLevelName, readMemberKey } from "./strings";

const baggage = constant("baggage");

const maxCarriers: u32 = 4;
const maxValues: u32 = 16;
const maxValue: u32 = 64;

/** A value with the name of its level, which is looked up when all of the configuration is read. */
@unmanaged
class NamedValue extends CarriedValue {
  levelName: usize;
  levelNameSize: usize;
}

function readValue(value: NamedValue): void {
  if (!openObject()) return;
  const names = "value level";
  const mark = pathSize;
  let seen: u32 = 0;
  for (let key = nextField(names, 0, mark); key >= 0; key = nextField(names, seen, mark)) {
    seen |= 1 << key;
    if (key == 0) {
      if (!readFilled(maxValue)) return;
      value.value = keepString();
      value.size = stringSize;
    } else {
      if (!readLevelName()) return;
      value.levelName = keepString();
      value.levelNameSize = stringSize;
    }
  }
  requireFields(names, seen, 3);
}

function refuseItems(mark: usize, limit: u32): void {
  leavePath(mark);
  refuseNumber("has too many items; the most allowed are ", limit);
}

function readValues(carrier: Carrier): void {
  if (!openArray()) return;
  const mark = pathSize;
  let last: usize = 0;
  for (let i: u32 = 0; nextItem(i, mark); i++) {
    if (i == maxValues) return refuseItems(mark, maxValues);
    const at = take(offsetof<NamedValue>());
    if (at == 0) return;
    readValue(changetype<NamedValue>(at));
    if (last == 0) carrier.values = at;
    else changetype<CarriedValue>(last).next = at;
    last = at;
  }
  if (!refused && last == 0) refuse("must have a value");
}

/** The string just read is the name of the header, or the key of a member of tracestate or baggage. */
function place(carrier: Carrier, key: i32): void {
  if (key == 0) {
    carrier.header = keepString();
    carrier.headerSize = stringSize;
    return;
  }
  const header = key == 1 ? tracestate : baggage;
  carrier.header = header.at;
  carrier.headerSize = header.size;
  carrier.isBaggage = key == 2;
  carrier.key = keepString();
  carrier.keySize = stringSize;
}

function readCarrier(carrier: Carrier): void {
  if (!openObject()) return;
  const names = "header tracestate baggage values";
  const mark = pathSize;
  let seen: u32 = 0;
  for (let key = nextField(names, 0, mark); key >= 0; key = nextField(names, seen, mark)) {
    seen |= 1 << key;
    if (key == 3) readValues(carrier);
    else {
      if (!(key == 0 ? readHeaderName() : readMemberKey())) return;
      place(carrier, key);
    }
  }
  if (!refused && popcnt(seen & 7) != 1) refuse("needs exactly one of: header, tracestate, baggage");
}

export function readCarriers(root: Root): void {
  if (!openArray()) return;
  const mark = pathSize;
  root.carriers = take(maxCarriers * offsetof<Carrier>());
  if (root.carriers == 0) return;
  for (let i: u32 = 0; nextItem(i, mark); i++) {
    if (i == maxCarriers) return refuseItems(mark, maxCarriers);
    readCarrier(changetype<Carrier>(root.carriers + <usize>i * offsetof<Carrier>()));
    root.carrierCount = i + 1;
  }
  if (!refused && root.carrierCount == 0) refuse("must have an item");
}

export function resolveCarriers(root: Root): void {
  for (let i = 0; i < root.carrierCount; i++) {
    const carrier = changetype<Carrier>(root.carriers + <usize>i * offsetof<Carrier>());
    let index: u32 = 0;
    for (let at = carrier.values; at != 0 && !refused; at = changetype<CarriedValue>(at).next) {
      leavePath(0);
      enterField("readFrom", 0);
      enterItem(i);
      enterField("values", 0);
      enterItem(index++);
      enterField("level", 0);
      const value = changetype<NamedValue>(at);
      value.level = resolveLevel(root, value.levelName, value.levelNameSize);
    }
  }
}

export function readWriteTo(root: Root): void {
  if (!openObject()) return;
  const names = "tracestate";
  const mark = pathSize;
  let seen: u32 = 0;
  for (let key = nextField(names, 0, mark); key >= 0; key = nextField(names, seen, mark)) {
    seen |= 1;
    if (!readMemberKey()) return;
    root.memberKey = keepString();
    root.memberKeySize = stringSize;
  }
  requireFields(names, seen, 1);
}
