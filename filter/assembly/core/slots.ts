// The slot table in shared data: inbound stores levels by id, and outbound finds them.
// It has a fixed number of keys, because shared data has no delete (docs/adr/0005). A key comes with the first id that is stored in it, so
// that a proxy through which nothing demoted passes has none (docs/adr/0045):
//   key   'x' | layout version u8 | set u32        value   8 slots of 64 bytes (slot.ts)
import { now } from "../abi/clock";
import { resultData, resultSize } from "../abi/result";
import { getSharedData, onlyIfMissing, setSharedData, sharedDataCas } from "../abi/shared-data";
import { WasmResult } from "../abi/wasm-result";
import { Configuration, noLevel } from "./configuration";
import { Id } from "./id";
import { Slot, slotSize, together } from "./slot";

const layoutVersion: u8 = 1;
const slotsPerSet: usize = 8;
const setSize: usize = slotsPerSet * slotSize;
const newSet: usize = memory.data(<i32>setSize, 8);

const keySize: usize = 6;
const key: usize = memory.data(<i32>keySize, 8);

/** Only workers of one proxy write the same set at the same moment; after this many lost races the join is abandoned. */
const attempts: i32 = 8;

/** For findLevel's last result: whether requests that may have had this id disagreed. */
export let foundLevelIsAmbiguous: bool = false;

/** `sets` is a power of two. */
function keyFor(id: Id, sets: u32): void {
  store<u8>(key, 0x78);
  store<u8>(key, layoutVersion, 1);
  store<u32>(key, <u32>id.hash() & (sets - 1), 2);
}

function slotAt(set: usize, index: usize): Slot {
  return changetype<Slot>(set + index * slotSize);
}

/** The slot that holds the id, or null. */
function slotOf(set: usize, id: Id): Slot | null {
  for (let i: usize = 0; i < slotsPerSet; i++) if (slotAt(set, i).holds(id)) return slotAt(set, i);
  return null;
}

function oldestSlot(set: usize): Slot {
  let oldest = slotAt(set, 0);
  for (let i: usize = 1; i < slotsPerSet; i++) if (slotAt(set, i).time < oldest.time) oldest = slotAt(set, i);
  return oldest;
}

/** After getSharedData: a copy of the set, or one of empty slots if it is missing. 0 if neither. */
function setToWrite(result: i32): usize {
  if (result == WasmResult.NotFound) {
    memory.fill(newSet, 0, setSize);
    return newSet;
  }
  return result == WasmResult.Ok && resultSize() == setSize ? resultData() : 0;
}

/** Two host calls, if no other worker writes the same set at the same moment. */
export function storeLevel(configuration: Configuration, id: Id, level: i32, time: u64): void {
  keyFor(id, configuration.slotSets);
  for (let i = 0; i < attempts; i++) {
    const set = setToWrite(getSharedData(key, keySize));
    if (set == 0) return;
    const expected = set == newSet ? onlyIfMissing : sharedDataCas();
    const slot = slotOf(set, id);
    if (slot != null) slot.refresh(configuration.ladderHash, level, time);
    else oldestSlot(set).assign(id, configuration.ladderHash, level, time);
    if (setSharedData(key, keySize, set, setSize, expected) != WasmResult.CasMismatch) return;
  }
}

/** The level that inbound stored under this id, in 64 or 128 bits, or noLevel. One host call. */
export function findLevel(configuration: Configuration, id: Id): i32 {
  keyFor(id, configuration.slotSets);
  if (getSharedData(key, keySize) != WasmResult.Ok || resultSize() != setSize) return noLevel;
  const set = resultData();
  let found: Slot | null = null;
  for (let i: usize = 0; i < slotsPerSet; i++) {
    const slot = slotAt(set, i);
    if (!slot.mayHold(id) || slot.ladder != configuration.ladderHash || <i32>slot.level >= configuration.levelCount)
      continue;
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
