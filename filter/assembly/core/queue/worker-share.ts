// Divides the limit among the workers of a proxy. Each has a VM of its own, and they meet only in shared data: each writes there how many
// requests it has of each level, and reads what the others have.
//   key   'q' | layout version u8      value   32 records of 32 bytes
//   record   seen u64 (ns, 0 = never used) | owner u64 | requests of each level u16[8]
import { resultData, resultSize } from "../../abi/result";
import { getSharedData, onlyIfMissing, setSharedData, sharedDataCas } from "../../abi/shared-data";
import { WasmResult } from "../../abi/wasm-result";
import { QueueSettings } from "./settings";

const layoutVersion: u8 = 1;
export const maxWorkers: i32 = 32;
const recordSize: usize = 32;
const recordsSize: usize = <usize>maxWorkers * recordSize;
const noRecords: usize = memory.data(<i32>recordsSize, 8);
const keySize: usize = 2;
const key: usize = memory.data(<i32>keySize, 2);

/** Nanoseconds after which a worker that has not written is gone: its VM has trapped, or was replaced. */
const gone: i64 = 3_000_000_000;
/** After so many lost races the division stays as it is until the next tick. */
const attempts: i32 = 4;

/** Requests that this worker lets into the application. The first division comes with the first tick. */
export let share: u32 = 0;

/** Which record is this worker's, and what it wrote as its owner. */
export let place: i32 = -1;
export let owner: u64 = 0;

/** Workers of the proxy, as of the last division. */
export let workers: u32 = 1;

@unmanaged
class Share {
  seen: u64;
  owner: u64;

  @inline requests(level: i32): u32 {
    return load<u16>(changetype<usize>(this) + 16 + ((<usize>level) << 1));
  }

  setRequests(level: i32, count: u32): void {
    store<u16>(changetype<usize>(this) + 16 + ((<usize>level) << 1), <u16>min(count, 0xffff));
  }
}

function recordAt(records: usize, index: i32): Share {
  return changetype<Share>(records + <usize>index * recordSize);
}

export function startShare(settings: QueueSettings): void {
  store<u8>(key, 0x71);
  store<u8>(key, layoutVersion, 1);
  share = settings.limit;
  settings.inForce = settings.limit;
}

/** Signed, because the clock may be set back. */
function isLive(record: Share, time: u64): bool {
  const age = <i64>(time - record.seen);
  return record.seen != 0 && age < gone && age > -gone;
}

/** This worker's record, or one that nobody uses; -1 if there is none. */
function ownPlace(records: usize, time: u64): i32 {
  if (place >= 0 && recordAt(records, place).owner == owner) return place;
  for (let i = 0; i < maxWorkers; i++) if (!isLive(recordAt(records, i), time)) return i;
  return -1;
}

/**
 * Levels come one after another: a worker gets as many slots as it has requests of the level, or, where all workers together have more than
 * is left, in proportion. Slots that nobody needs are open to everybody. Nobody has less than one.
 */
function divided(settings: QueueSettings, records: usize, time: u64): u32 {
  let left = settings.inForce;
  let mine: u32 = 0;
  for (let level = 0; level < settings.levelCount && left > 0; level++) {
    let before: u32 = 0;
    let all: u32 = 0;
    for (let i = 0; i < maxWorkers; i++) {
      const record = recordAt(records, i);
      if (!isLive(record, time)) continue;
      const count = record.requests(level);
      if (i < place) before += count;
      all += count;
    }
    const own = recordAt(records, place).requests(level);
    if (all <= left) {
      mine += own;
      left -= all;
    } else {
      mine += (left * (before + own)) / all - (left * before) / all;
      left = 0;
    }
  }
  // Slots that other workers' requests still have are not free yet.
  const free = settings.inForce - min(settings.inForce, settings.elsewhere);
  return max(min(mine + left, free), 1);
}

function countWorkers(records: usize, time: u64): u32 {
  let count: u32 = 0;
  for (let i = 0; i < maxWorkers; i++) if (isLive(recordAt(records, i), time)) count++;
  return count;
}

/** `time` in nanoseconds. Two host calls, if no other worker writes at the same moment. */
export function divide(settings: QueueSettings, time: u64): void {
  for (let i = 0; i < attempts; i++) {
    if (getSharedData(key, keySize) != WasmResult.Ok || resultSize() != recordsSize) {
      setSharedData(key, keySize, noRecords, recordsSize, onlyIfMissing);
      continue;
    }
    const records = resultData();
    const at = ownPlace(records, time);
    if (at < 0) {
      share = max(settings.inForce / <u32>maxWorkers, 1);
      return;
    }
    const record = recordAt(records, at);
    const isOwned = at == place && record.owner == owner;
    if (!isOwned) record.owner = time;
    record.seen = time;
    for (let level = 0; level < settings.levelCount; level++) {
      const queue = settings.level(level);
      record.setRequests(level, queue.inFlight + queue.waiting);
    }
    if (setSharedData(key, keySize, records, recordsSize, sharedDataCas()) != WasmResult.Ok) continue;
    place = at;
    owner = record.owner;
    workers = countWorkers(records, time);
    share = divided(settings, records, time);
    return;
  }
}
