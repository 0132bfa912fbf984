// Keeps the requests that wait or are in the application, and the places in which they wait, found by the context id of their stream, in
// memory of a fixed size.
import { LevelQueue } from "./settings";

export const enum State {
  Free = 0,
  Waiting = 1,
  InFlight = 2,
  /** Its place was, or will be, answered with a refusal. */
  Refused = 3,
  /** It is the place in which another entry's request waits. */
  Place = 4,
}

export const enum Cause {
  /** None has one of its ids. */
  Absent = 0,
  /** One has, but may as well be another call of the same caller, or the ids are not believed. */
  Doubtful = 1,
  /** One of them caused it, and may wait for it. */
  Present = 2,
}

@unmanaged
export class Entry {
  context: u32;
  state: State;
  level: i32;
  /** Neighbours in the level's queue or among the requests in flight; `next` of a free entry is the next free one. */
  previous: u32;
  next: u32;
  /** The next entry of the same bucket. */
  sibling: u32;
  /** The place in which it waits, or whose place it is; 0 if that has not come yet, or has gone. */
  partner: u32;
  /** When it began to wait, or was let through; 0 if it passed at once and the limit is fixed. In nanoseconds, as the following two. */
  since: u64;
  /** Until when it may wait. */
  expires: u64;
  /** Until when its caller waits. */
  until: u64;
  /** How many were in the application when it came there, itself included. */
  among: u32;
  /** It waits among the late ones. */
  isLate: bool;
  /** What the application's other requests are to it. */
  cause: Cause;
  /** It asks for a stream without an end. */
  lasts: bool;
  /** In which round of checks (finished.ts) it was last asked for. */
  round: u32;
  /** Hashes of the ids under which it may be found as the cause of another request; 0 where there is none. */
  request: u64;
  trace: u64;
  /** Hash of the identity from which it came, or a value of peers.ts; 0 before it was read. */
  peer: u64;
}

/** More than limit and maxQueued together can be (filter/config/queue.ts). Entry 0 is not used: 0 means none. */
const capacity: u32 = 4096;
const entries: usize = memory.data(<i32>capacity * <i32>offsetof<Entry>(), 8);
const bucketCount: u32 = 4096;
const buckets: usize = memory.data((<i32>bucketCount) << 2, 8);

/** The first of the entries that were used and freed. */
let free: u32 = 0;
/** Entries from here on were never used, so their memory was never touched. */
let unused: u32 = 1;

/** The first request in the application. */
export let firstInFlight: u32 = 0;

export function entryAt(index: u32): Entry {
  return changetype<Entry>(entries + <usize>index * offsetof<Entry>());
}

/** Context ids of a VM only grow, so those of live streams fill the buckets evenly. */
function bucketOf(context: u32): usize {
  return buckets + ((<usize>(context & (bucketCount - 1))) << 2);
}

/** 0 if there is none. */
export function entryOf(context: u32): u32 {
  let index = load<u32>(bucketOf(context));
  while (index != 0 && entryAt(index).context != context) index = entryAt(index).sibling;
  return index;
}

/** 0 if all are in use. */
export function takeEntry(context: u32, level: i32): u32 {
  let index = free;
  if (index != 0) free = entryAt(index).next;
  else if (unused < capacity) index = unused++;
  else return 0;
  const entry = entryAt(index);
  memory.fill(changetype<usize>(entry), 0, offsetof<Entry>());
  entry.context = context;
  entry.level = level;
  const bucket = bucketOf(context);
  entry.sibling = load<u32>(bucket);
  store<u32>(bucket, index);
  return index;
}

/** The entry must be in no list. */
export function freeEntry(index: u32): void {
  const entry = entryAt(index);
  if (entry.partner != 0) entryAt(entry.partner).partner = 0;
  const bucket = bucketOf(entry.context);
  if (load<u32>(bucket) == index) store<u32>(bucket, entry.sibling);
  else {
    let before = load<u32>(bucket);
    while (entryAt(before).sibling != index) before = entryAt(before).sibling;
    entryAt(before).sibling = entry.sibling;
  }
  entry.state = State.Free;
  entry.next = free;
  free = index;
}

export function addWaiting(queue: LevelQueue, index: u32): void {
  const entry = entryAt(index);
  entry.state = State.Waiting;
  entry.next = 0;
  entry.previous = queue.last;
  if (queue.last != 0) entryAt(queue.last).next = index;
  else queue.first = index;
  queue.last = index;
  queue.waiting++;
}

export function removeWaiting(queue: LevelQueue, index: u32): void {
  const entry = entryAt(index);
  if (entry.previous != 0) entryAt(entry.previous).next = entry.next;
  else queue.first = entry.next;
  if (entry.next != 0) entryAt(entry.next).previous = entry.previous;
  else queue.last = entry.previous;
  queue.waiting--;
}

export function addInFlight(queue: LevelQueue, index: u32): void {
  const entry = entryAt(index);
  entry.state = State.InFlight;
  entry.previous = 0;
  entry.next = firstInFlight;
  if (firstInFlight != 0) entryAt(firstInFlight).previous = index;
  firstInFlight = index;
  queue.inFlight++;
}

export function removeInFlight(queue: LevelQueue, index: u32): void {
  const entry = entryAt(index);
  if (entry.previous != 0) entryAt(entry.previous).next = entry.next;
  else firstInFlight = entry.next;
  if (entry.next != 0) entryAt(entry.next).previous = entry.previous;
  queue.inFlight--;
}
