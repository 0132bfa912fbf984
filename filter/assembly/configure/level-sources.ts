// Reads `readFrom` and `writeTo`: other places from which a level is read, and the tracestate member that it is written to.
import { constant } from "../abi/ascii";
import { Configuration } from "../core/configuration";
import { LevelSource, SourceValue } from "../core/level-sources";
import { tracestate } from "../core/tracestate";
import { nextField, nextItem, openArray, openObject, requireFields } from "./json";
import { parsedStringSize } from "./json-string";
import { resolveLevel } from "./ladder";
import { enterField, enterItem, leavePath, pathSize, refuse, refused, refuseNumber } from "./refusal";
import { keepString, take } from "./store";
import { readFilled, readHeaderName, readLevelName, readMemberKey } from "./strings";

const baggage = constant("baggage");

const maxLevelSources: u32 = 4;
const maxValues: u32 = 16;
const maxValue: u32 = 64;

/** A value with the name of its level, which is looked up once the whole configuration is read. */
@unmanaged
class NamedValue extends SourceValue {
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
      value.size = parsedStringSize;
    } else {
      if (!readLevelName()) return;
      value.levelName = keepString();
      value.levelNameSize = parsedStringSize;
    }
  }
  requireFields(names, seen, 3);
}

function refuseItems(mark: usize, limit: u32): void {
  leavePath(mark);
  refuseNumber("has too many items; the most allowed are ", limit);
}

function readValues(source: LevelSource): void {
  if (!openArray()) return;
  const mark = pathSize;
  let last: usize = 0;
  for (let i: u32 = 0; nextItem(i, mark); i++) {
    if (i == maxValues) return refuseItems(mark, maxValues);
    const at = take(offsetof<NamedValue>());
    if (at == 0) return;
    readValue(changetype<NamedValue>(at));
    if (last == 0) source.values = at;
    else changetype<SourceValue>(last).next = at;
    last = at;
  }
  if (!refused && last == 0) refuse("must have a value");
}

/** The string just read is the name of the header, or the key of a tracestate or baggage member. */
function place(source: LevelSource, key: i32): void {
  if (key == 0) {
    source.header = keepString();
    source.headerSize = parsedStringSize;
    return;
  }
  const header = key == 1 ? tracestate : baggage;
  source.header = header.at;
  source.headerSize = header.size;
  source.isBaggage = key == 2;
  source.key = keepString();
  source.keySize = parsedStringSize;
}

function readLevelSource(source: LevelSource): void {
  if (!openObject()) return;
  const names = "header tracestate baggage values";
  const mark = pathSize;
  let seen: u32 = 0;
  for (let key = nextField(names, 0, mark); key >= 0; key = nextField(names, seen, mark)) {
    seen |= 1 << key;
    if (key == 3) readValues(source);
    else {
      if (!(key == 0 ? readHeaderName() : readMemberKey())) return;
      place(source, key);
    }
  }
  if (!refused && popcnt(seen & 7) != 1) refuse("needs exactly one of: header, tracestate, baggage");
}

export function readLevelSources(configuration: Configuration): void {
  if (!openArray()) return;
  const mark = pathSize;
  configuration.levelSources = take(maxLevelSources * offsetof<LevelSource>());
  if (configuration.levelSources == 0) return;
  for (let i: u32 = 0; nextItem(i, mark); i++) {
    if (i == maxLevelSources) return refuseItems(mark, maxLevelSources);
    readLevelSource(changetype<LevelSource>(configuration.levelSources + <usize>i * offsetof<LevelSource>()));
    configuration.levelSourceCount = i + 1;
  }
  if (!refused && configuration.levelSourceCount == 0) refuse("must have an item");
}

export function resolveLevelSources(configuration: Configuration): void {
  for (let i = 0; i < configuration.levelSourceCount; i++) {
    const source = changetype<LevelSource>(configuration.levelSources + <usize>i * offsetof<LevelSource>());
    let index: u32 = 0;
    for (let at = source.values; at != 0 && !refused; at = changetype<SourceValue>(at).next) {
      leavePath(0);
      enterField("readFrom", 0);
      enterItem(i);
      enterField("values", 0);
      enterItem(index++);
      enterField("level", 0);
      const value = changetype<NamedValue>(at);
      value.level = resolveLevel(configuration, value.levelName, value.levelNameSize);
    }
  }
}

export function readWriteTo(configuration: Configuration): void {
  if (!openObject()) return;
  const names = "tracestate";
  const mark = pathSize;
  let seen: u32 = 0;
  for (let key = nextField(names, 0, mark); key >= 0; key = nextField(names, seen, mark)) {
    seen |= 1;
    if (!readMemberKey()) return;
    configuration.memberKey = keepString();
    configuration.memberKeySize = parsedStringSize;
  }
  requireFields(names, seen, 1);
}
