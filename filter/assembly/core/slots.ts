// The slot table in shared data: inbound stores levels and deadlines by id, and outbound finds them.
// It has a fixed number of keys, because shared data has no delete (docs/adr/0005). A key comes with the first id that is stored in it, so
// that a proxy through which nothing demoted passes has none (docs/adr/0045):
//   key   'x' | layout version u8 | set u32        value   8 slots of 64 bytes (slot.ts)
//                                                          | 8 deadlines u64 (ns, 0 = none), if a configuration with deadlines wrote it
import { now } from "../abi/clock";
import { resultData, resultSize } from "../abi/result";
import { getSharedData, onlyIfMissing, setSharedData, sharedDataCas } from "../abi/shared-data";
import { WasmResult } from "../abi/wasm-result";
import { unlimited } from "./caller-timeout";
import { Configuration, Deadlines, noLevel } from "./configuration";
import { Id } from "./id";
import { areLive, Slot, slotSize, together } from "./slot";

const layoutVersion: u8 = 2;
const slotsPerSet: usize = 8;
const shortSize: usize = slotsPerSet * slotSize;
/** With deadlines. Configurations with and without them share the table, so a set has either size. */
const longSize: usize = shortSize + slotsPerSet * 8;
/** A set that is to be created, or to get deadlines. */
const newSet: usize = memory.data(<i32>longSize, 8);

const keySize: usize = 6;
const key: usize = memory.data(<i32>keySize, 8);

/** Only workers of one proxy write the same set at the same moment; after this many lost races the join is abandoned. */
const attempts: i32 = 8;

/** For findCause's last result: whether requests that may have had this id disagreed. */
export let foundLevelIsAmbiguous: bool = false;
/** For findCause's last result: until when a caller waits, in nanoseconds since 1970; `unlimited` if that is not known. */
export let foundDeadline: u64 = unlimited;

/** `sets` is a power of two. */
function keyFor(id: Id, sets: u32): void {
  store<u8>(key, 0x78);
  store<u8>(key, layoutVersion, 1);
  store<u32>(key, <u32>id.hash() & (sets - 1), 2);
}

function slotAt(set: usize, index: usize): Slot {
  return changetype<Slot>(set + index * slotSize);
}

/** `slotsPerSet` if no slot holds the id. */
function indexOf(set: usize, id: Id): usize {
  let i: usize = 0;
  while (i < slotsPerSet && !slotAt(set, i).holds(id)) i++;
  return i;
}

function oldest(set: usize): usize {
  let found: usize = 0;
  for (let i: usize = 1; i < slotsPerSet; i++) if (slotAt(set, i).time < slotAt(set, found).time) found = i;
  return found;
}

function deadlineAt(set: usize, size: usize, index: usize): u64 {
  const deadline = size == longSize ? load<u64>(set + shortSize + (index << 3)) : 0;
  return deadline == 0 ? unlimited : deadline;
}

/** The deadline of two requests with one id: the later of them while both may be live, because a call may be either's. */
function laterDeadline(earlier: u64, earlierDeadline: u64, later: u64, laterDeadline: u64): u64 {
  return areLive(earlier, later) ? max(earlierDeadline, laterDeadline) : laterDeadline;
}

/** Bytes of the set that setToWrite gave. */
let sizeToWrite: usize = 0;

/** After getSharedData: a copy of the set, or one of empty slots if it is missing, with deadlines if they are carried. 0 if there is none. */
function setToWrite(result: i32, hasDeadlines: bool): usize {
  const size: usize = result == WasmResult.Ok ? resultSize() : 0;
  if (result == WasmResult.NotFound || (hasDeadlines && size == shortSize)) {
    memory.copy(newSet, resultData(), size);
    memory.fill(newSet + size, 0, longSize - size);
    sizeToWrite = hasDeadlines ? longSize : shortSize;
    return newSet;
  }
  sizeToWrite = size;
  return size == shortSize || size == longSize ? resultData() : 0;
}

/** Adds a request to a set. */
function put(configuration: Configuration, set: usize, id: Id, level: i32, deadline: u64, time: u64): void {
  let index = indexOf(set, id);
  if (index < slotsPerSet) {
    const slot = slotAt(set, index);
    deadline = laterDeadline(slot.time, deadlineAt(set, sizeToWrite, index), time, deadline);
    slot.refresh(configuration.ladderHash, level, time);
  } else {
    index = oldest(set);
    slotAt(set, index).assign(id, configuration.ladderHash, level, time);
  }
  if (sizeToWrite == longSize) store<u64>(set + shortSize + (index << 3), deadline);
}

/** Two host calls, if no other worker writes the same set at the same moment. `deadline`: nanoseconds since 1970, or `unlimited`. */
export function storeCause(configuration: Configuration, id: Id, level: i32, deadline: u64, time: u64): void {
  keyFor(id, configuration.slotSets);
  for (let i = 0; i < attempts; i++) {
    const result = getSharedData(key, keySize);
    const set = setToWrite(result, configuration.deadlines != Deadlines.Ignored);
    if (set == 0) return;
    const expected = result == WasmResult.NotFound ? onlyIfMissing : sharedDataCas();
    put(configuration, set, id, level, deadline, time);
    if (setSharedData(key, keySize, set, sizeToWrite, expected) != WasmResult.CasMismatch) return;
  }
}

/** The level that inbound stored under this id, in 64 or 128 bits, or noLevel; foundDeadline has its deadline. One host call. */
export function findCause(configuration: Configuration, id: Id): i32 {
  keyFor(id, configuration.slotSets);
  if (getSharedData(key, keySize) != WasmResult.Ok) return noLevel;
  const size = resultSize();
  if (size != shortSize && size != longSize) return noLevel;
  const set = resultData();
  let found: Slot | null = null;
  foundDeadline = unlimited;
  for (let i: usize = 0; i < slotsPerSet; i++) {
    const slot = slotAt(set, i);
    if (!slot.mayHold(id) || slot.ladder != configuration.ladderHash || <i32>slot.level >= configuration.levelCount)
      continue;
    const deadline = deadlineAt(set, size, i);
    if (found == null) foundDeadline = deadline;
    else if (found.time < slot.time) foundDeadline = laterDeadline(found.time, foundDeadline, slot.time, deadline);
    else foundDeadline = laterDeadline(slot.time, deadline, found.time, foundDeadline);
    found = found == null ? slot : together(found, slot);
  }
  if (found == null) return noLevel;
  foundLevelIsAmbiguous = found.ambiguous != 0;
  return found.level;
}

let time: u64 = 0;
let seconds: u64 = 0;

/**
 * The host's clock is read when the configuration is accepted and with each flush of the counters, so that a request makes no call for it.
 */
export function setSlotTime(): void {
  time = now();
  seconds = time / 1_000_000_000;
}

/** The time to store, in nanoseconds: at most a second late, increasing within a worker, and never 0, which marks an empty slot. */
export function slotTime(): u64 {
  return ++time;
}

/** The time of the last setSlotTime in seconds since 1970. 0 if the host has no clock. */
export function slotSeconds(): u64 {
  return seconds;
}
