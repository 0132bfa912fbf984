// Shares the limit that adapts among the workers of a proxy. Each writes what has ended, is in the application and waits, and one of them
// leads: it searches, and writes the limit that all of them divide.
//   key   'l' | layout version u8      value   header of 32 bytes | 32 records of 56 bytes, at the same places as in worker-share.ts
import { recordMetric } from "../../../abi/metric";
import { resultData, resultSize } from "../../../abi/result";
import { getSharedData, onlyIfMissing, setSharedData, sharedDataCas } from "../../../abi/shared-data";
import { WasmResult } from "../../../abi/wasm-result";
import { Entry } from "../entries";
import { QueueSettings } from "../settings";
import { maxWorkers, owner, place } from "../worker-share";
import { addWork } from "./comparison";
import { addToPace } from "./pace";
import { isKnown, search, searchedLimit, standing, startSearch } from "./search";
import { addToCurve } from "./unfilled";

const layoutVersion: u8 = 1;
const levelCount: usize = 8;
const headerSize: usize = 32;
const recordSize: usize = 56;
const valueSize: usize = headerSize + <usize>maxWorkers * recordSize;
const noValue: usize = memory.data(<i32>valueSize, 8);
/** What the leader read the last time. */
const lastValue: usize = memory.data(<i32>valueSize, 8);
const keySize: usize = 2;
const key: usize = memory.data(<i32>keySize, 2);

/** Nanoseconds after which a leader that has not written is gone, and a worker's requests are not counted. */
const gone: i64 = 3_000_000_000;
/** Nanoseconds after which a leader for which nothing ended lets another one lead. */
const leaves: u64 = 1_000_000_000;
const attempts: i32 = 4;

@unmanaged
class Header {
  /** As its record says who owns it. */
  leader: u64;
  seen: u64;
  /** In force; 0: nobody has searched yet. */
  limit: u32;
  standing: u32;
  isKnown: u32;
  /** The leader's record. */
  place: i32;
}

@unmanaged
class Activity {
  owner: u64;
  seen: u64;
  inFlight: u32;
  waiting: u32;

  ended(level: usize): u32 {
    return load<u32>(changetype<usize>(this) + 24 + (level << 2));
  }

  setEnded(level: usize, count: u32): void {
    store<u32>(changetype<usize>(this) + 24 + (level << 2), count);
  }
}

/** This worker's: by level, all requests that have ended. */
const ended: usize = memory.data(8 << 2, 8);
/** What ended at all workers between two ticks. */
const endedAtAll: usize = memory.data(8 << 2, 8);
let allWaiting: u32 = 0;

let isLeading: bool = false;
/** When something of this worker's ended, in nanoseconds; and the sum of it then. */
let activeAt: u64 = 0;
let activeSum: u32 = 0;
let reported: u32 = 0;

function recordAt(value: usize, index: i32): Activity {
  return changetype<Activity>(value + headerSize + <usize>index * recordSize);
}

function isLive(seen: u64, time: u64): bool {
  const age = <i64>(time - seen);
  return seen != 0 && age < gone && age > -gone;
}

export function startLimit(): void {
  store<u8>(key, 0x6c);
  store<u8>(key, layoutVersion, 1);
}

/** A request of this worker's has ended, at `time`. */
export function addEnded(entry: Entry, time: u64): void {
  const at = ended + ((<usize>entry.level) << 2);
  store<u32>(at, load<u32>(at) + 1);
  if (time <= entry.since) return;
  const took = <f64>(time - entry.since) / 1e9;
  addToCurve(entry.level, entry.among, took);
  addWork(entry.level, <f64>time / 1e9, took);
  addToPace(entry.level, <f64>time / 1e9, took);
}

function writeOwn(record: Activity, settings: QueueSettings, time: u64): void {
  record.owner = owner;
  record.seen = time;
  record.inFlight = 0;
  record.waiting = 0;
  let sum: u32 = 0;
  for (let level = 0; level < settings.levelCount; level++) {
    const queue = settings.level(level);
    record.inFlight += queue.inFlight;
    record.waiting += queue.waiting;
    const count = load<u32>(ended + ((<usize>level) << 2));
    record.setEnded(level, count);
    sum += count;
  }
  if (sum == activeSum) return;
  activeAt = time;
  activeSum = sum;
}

function readOthers(settings: QueueSettings, value: usize, time: u64): void {
  let others: u32 = 0;
  allWaiting = 0;
  memory.fill(endedAtAll, 0, levelCount << 2);
  for (let i = 0; i < maxWorkers; i++) {
    const record = recordAt(value, i);
    if (!isLive(record.seen, time)) continue;
    allWaiting += record.waiting;
    if (i != place) others += record.inFlight;
    const last = recordAt(lastValue, i);
    if (last.owner != record.owner) continue;
    for (let level: usize = 0; level < levelCount; level++) {
      const sum = load<u32>(endedAtAll + (level << 2)) + record.ended(level) - last.ended(level);
      store<u32>(endedAtAll + (level << 2), sum);
    }
  }
  settings.elsewhere = others;
  memory.copy(lastValue, value, valueSize);
}

/** Whether this worker leads from now on. Another one takes over when the leader's requests have all gone elsewhere. */
function takesLead(header: Header, time: u64): bool {
  if (header.leader == owner && header.place == place) return true;
  return !isLive(header.seen, time) && activeAt == time;
}

function lead(header: Header, settings: QueueSettings, time: u64): void {
  if (!isLeading) {
    isLeading = true;
    const bounds = ((<u64>settings.minLimit) << 32) | settings.limit;
    startSearch(bounds, header.limit == 0 ? settings.limit : header.standing, header.isKnown != 0);
  }
  const inFlight = recordAt(lastValue, place).inFlight + settings.elsewhere;
  search(<f64>time / 1e9, inFlight, allWaiting, endedAtAll);
}

function writeLead(header: Header, time: u64): void {
  const isIdle = time > activeAt + leaves;
  header.leader = isIdle ? 0 : owner;
  header.seen = isIdle ? 0 : time;
  header.place = place;
  header.limit = searchedLimit();
  header.standing = standing;
  header.isKnown = isKnown ? 1 : 0;
  if (isIdle) isLeading = false;
}

function report(settings: QueueSettings): void {
  if (!isLeading || reported == standing) return;
  reported = standing;
  recordMetric(settings.limitGauge, standing);
}

/** `time` in nanoseconds. To be called with each tick. Two host calls, if no other worker writes at the same moment. */
export function adapt(settings: QueueSettings, time: u64): void {
  if (place < 0) return;
  let hasSearched = false;
  for (let i = 0; i < attempts; i++) {
    if (getSharedData(key, keySize) != WasmResult.Ok || resultSize() != valueSize) {
      setSharedData(key, keySize, noValue, valueSize, onlyIfMissing);
      continue;
    }
    const value = resultData();
    const header = changetype<Header>(value);
    writeOwn(recordAt(value, place), settings, time);
    if (!hasSearched) {
      readOthers(settings, value, time);
      if (takesLead(header, time)) lead(header, settings, time);
      else isLeading = false;
      hasSearched = true;
    }
    if (isLeading) writeLead(header, time);
    const found = header.limit == 0 ? settings.limit : header.limit;
    settings.inForce = max(settings.minLimit, min(settings.limit, found));
    if (setSharedData(key, keySize, value, valueSize, sharedDataCas()) == WasmResult.Ok) return report(settings);
  }
}
