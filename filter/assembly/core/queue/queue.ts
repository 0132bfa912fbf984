// Holds requests back while the application has as many as it works on at once, and lets them through in the order of their levels, as
// others end (docs/adr/0046-the-request-queue.md). A request does not wait in the VM, because nothing would end its wait if the VM trapped:
// Envoy's own filter holds it, while it asks a place in the proxy (places.ts) and as long as that does not answer.
import { now, tickEvery } from "../../abi/clock";
import { continueStream, pauseStream, useContext } from "../../abi/stream";
import { Configuration } from "../configuration";
import { slotTime } from "../slots";
import { adapt, addEnded } from "./adaptive/shared-limit";
import { findCause, readCauses } from "./causes";
import {
  addInFlight,
  addWaiting,
  Cause,
  Entry,
  entryAt,
  entryOf,
  freeEntry,
  removeInFlight,
  removeWaiting,
  State,
  takeEntry,
} from "./entries";
import { asksForStream, isExempt } from "./exempt";
import { beginChecks, checkLater, nextFinished } from "./finished";
import { addServiceTime, isTooLate, startWait } from "./lateness";
import { nextLevel } from "./next-level";
import { answerPlace, answerWithRefusal, sendToPlace } from "./places";
import { countGivenUp, countReentrant, reportIdle, reportQueue, reportWait } from "./report";
import { LevelQueue, QueueSettings, queueSettings } from "./settings";
import { divide, share, workers } from "./worker-share";

/** Milliseconds between ticks, while the worker is busy, and otherwise. */
const busyPeriod: u32 = 10;
const idlePeriod: u32 = 1000;
let period: u32 = idlePeriod;

/** Nanoseconds without a request's end, after which one that has its cause in the application is let through: each may wait for the other. */
const stuckAfter: u64 = 100_000_000;
/** When a request last left the application, or was let through for having its cause there. */
let lastProgress: u64 = 0;

let waiting: u32 = 0;
let inFlight: u32 = 0;
/** How many of those in the application were let through because of their cause. */
let reentrant: u32 = 0;

/** The queue after the last level's: requests that can't be answered while their callers wait. They go when nobody else waits. */
function lateQueue(settings: QueueSettings): LevelQueue {
  return settings.level(settings.levelCount);
}

/** The queue in which a request waits. */
function queueOf(settings: QueueSettings, entry: Entry): LevelQueue {
  return entry.isLate ? lateQueue(settings) : settings.level(entry.level);
}

function beginFlight(settings: QueueSettings, index: u32): void {
  const entry = entryAt(index);
  addInFlight(settings.level(entry.level), index);
  inFlight++;
  entry.among = inFlight + settings.elsewhere;
  checkLater(entry);
  if (entry.cause == Cause.Present) reentrant++;
}

function endWait(settings: QueueSettings, index: u32, time: u64): void {
  const entry = entryAt(index);
  removeWaiting(queueOf(settings, entry), index);
  waiting--;
  reportWait(settings.level(entry.level), entry.since, time);
  entry.since = time;
}

function letThrough(settings: QueueSettings, index: u32, time: u64): void {
  endWait(settings, index, time);
  beginFlight(settings, index);
  answerPlace(entryAt(index));
}

function refuse(settings: QueueSettings, index: u32, time: u64): void {
  endWait(settings, index, time);
  const entry = entryAt(index);
  entry.state = State.Refused;
  answerPlace(entry);
}

/** Whether a request that can't wait longer is refused; otherwise it is let through. Counts it as either. */
function isRefused(settings: QueueSettings, entry: Entry): bool {
  const queue = settings.level(entry.level);
  const rejects = queue.rejects && entry.cause != Cause.Present;
  countGivenUp(queue, rejects);
  return rejects;
}

/** Ends a wait that took too long, or for which there is no room. */
function giveUp(settings: QueueSettings, index: u32, time: u64): void {
  if (isRefused(settings, entryAt(index))) refuse(settings, index, time);
  else letThrough(settings, index, time);
}

/** The number of the request that goes next; 0 if none waits. Those that can't be answered in time any more go to the late ones. */
function nextRequest(settings: QueueSettings, time: u64): u32 {
  for (let queue = nextLevel(settings); queue != null; queue = nextLevel(settings)) {
    const index = queue.first;
    const entry = entryAt(index);
    if (!isTooLate(entry, time)) return index;
    removeWaiting(queue, index);
    entry.isLate = true;
    addWaiting(lateQueue(settings), index);
  }
  return lateQueue(settings).first;
}

function fill(settings: QueueSettings, time: u64): void {
  while (inFlight < share && waiting > 0) letThrough(settings, nextRequest(settings, time), time);
}

function expire(settings: QueueSettings, time: u64): void {
  for (let i = 0; i <= settings.levelCount; i++)
    for (let at = settings.level(i).first; at != 0; ) {
      const entry = entryAt(at);
      const next = entry.next;
      if (time >= entry.expires) giveUp(settings, at, time);
      at = next;
    }
}

/** Parallel calls of one cause look like calls that their cause waits for, so they go one by one, and only while nothing ends. */
function letStuckThrough(settings: QueueSettings, time: u64): void {
  if (waiting == 0 || time < lastProgress + stuckAfter) return;
  for (let i = 0; i <= settings.levelCount; i++)
    for (let at = settings.level(i).first; at != 0; at = entryAt(at).next) {
      if (entryAt(at).cause == Cause.Absent || time < entryAt(at).since + stuckAfter) continue;
      lastProgress = time;
      countReentrant(settings);
      return letThrough(settings, at, time);
    }
}

/** The last request of the lowest level that waits, if it is not above `level`; else 0. */
function lowestWaiting(settings: QueueSettings, level: i32): u32 {
  const late = lateQueue(settings);
  if (late.last != 0) return late.last;
  for (let i = settings.levelCount - 1; i >= level; i--) if (settings.level(i).last != 0) return settings.level(i).last;
  return 0;
}

/** To be called for a stream or root context. */
function adjustTicks(settings: QueueSettings, isTick: bool): void {
  // The share of a worker that was idle may be the whole limit: as long as each uses no more than its part of that, all of them together
  // stay within the limit.
  const wanted =
    waiting > 0 || inFlight * max(workers, 2) > share || (settings.adapts && inFlight > 1) ? busyPeriod : idlePeriod;
  // The place's root context has ticks too: each of them stops its own.
  if (wanted == period && (wanted == busyPeriod || !isTick)) return;
  period = wanted;
  tickEvery(wanted);
}

/** To be called when the period of the ticks was set for a new configuration. */
export function forgetBusyTicks(): void {
  period = idlePeriod;
}

/** Whether the request may go at once although no slot is free. */
function passesForItsCause(configuration: Configuration, settings: QueueSettings, entry: Entry): bool {
  findCause(configuration, entry);
  if (entry.cause != Cause.Present || reentrant >= settings.inForce) return false;
  countReentrant(settings);
  return true;
}

/** Whether there is room for it, perhaps after the lowest request that waits has left. */
function hasRoom(settings: QueueSettings, level: i32, time: u64): bool {
  if (waiting < settings.maxQueued) return true;
  const lowest = lowestWaiting(settings, level);
  if (lowest == 0) return false;
  giveUp(settings, lowest, time);
  return true;
}

/** Ends the turn of a request for which there is no room. @returns FilterHeadersStatus */
function turnAway(settings: QueueSettings, index: u32): u32 {
  if (!isRefused(settings, entryAt(index))) {
    beginFlight(settings, index);
    return continueStream;
  }
  freeEntry(index);
  answerWithRefusal();
  return pauseStream;
}

function wait(configuration: Configuration, settings: QueueSettings, index: u32): u32 {
  const entry = entryAt(index);
  const time = now();
  // Before another request's place is answered, because from then on host calls are for that one.
  startWait(configuration, settings, entry, time);
  sendToPlace(entry.context);
  if (!hasRoom(settings, entry.level, time)) return turnAway(settings, index);
  addWaiting(settings.level(entry.level), index);
  waiting++;
  return continueStream;
}

/**
 * Lets a request of this level into the application, or holds it back. @returns FilterHeadersStatus. No host call for a request that passes,
 * except where it takes the worker over half of its share.
 */
export function admit(configuration: Configuration, context: u32, level: i32): u32 {
  const settings = queueSettings;
  if (settings == null) return continueStream;
  if (isExempt(settings)) return continueStream;
  const index = takeEntry(context, level);
  // More than can be waiting or let through: it passes uncounted.
  if (index == 0) return continueStream;
  const entry = entryAt(index);
  entry.lasts = asksForStream();
  readCauses(configuration, entry);
  let status = continueStream;
  if (inFlight < share || passesForItsCause(configuration, settings, entry)) {
    if (settings.adapts) entry.since = now();
    beginFlight(settings, index);
  } else status = wait(configuration, settings, index);
  adjustTicks(settings, false);
  return status;
}

/** Envoy asks no longer: it lets the request through after its own time limit, or the request has gone, which its own stream will tell. */
function leavePlace(settings: QueueSettings, place: u32): void {
  const index = entryAt(place).partner;
  freeEntry(place);
  if (index == 0 || entryAt(index).state != State.Waiting) return;
  endWait(settings, index, now());
  beginFlight(settings, index);
}

/** @param time 0 if it is not known */
function endFlight(settings: QueueSettings, index: u32, time: u64): void {
  const entry = entryAt(index);
  removeInFlight(settings.level(entry.level), index);
  inFlight--;
  lastProgress = slotTime();
  if (entry.cause == Cause.Present) reentrant--;
  if (entry.since > 0 && time > entry.since) addServiceTime(entry.level, time - entry.since);
  if (settings.adapts) addEnded(entry, time);
}

/** A stream has ended: answered, or reset by either side. */
export function leave(context: u32): void {
  const settings = queueSettings;
  if (settings == null) return;
  const index = entryOf(context);
  if (index == 0) return;
  const entry = entryAt(index);
  if (entry.state == State.Place) return leavePlace(settings, index);
  if (entry.state == State.Waiting) {
    removeWaiting(queueOf(settings, entry), index);
    waiting--;
  }
  const time = waiting > 0 || settings.adapts ? now() : 0;
  if (entry.state == State.InFlight) endFlight(settings, index, time);
  freeEntry(index);
  if (waiting > 0) {
    if (inFlight < share) fill(settings, time);
  } else if (inFlight == 0) {
    reportIdle(settings);
  }
}

/** Takes the slots of those that the application has answered although their streams last. */
function endFinished(settings: QueueSettings, time: u64): void {
  beginChecks();
  for (let index = nextFinished(); index != 0; index = nextFinished()) {
    endFlight(settings, index, time);
    freeEntry(index);
  }
}

/** To be called with each tick of a root context, after the slots' time was set. */
export function tickQueue(root: u32): void {
  const settings = queueSettings;
  if (settings == null) return;
  const time = slotTime();
  endFinished(settings, time);
  useContext(root);
  expire(settings, time);
  if (settings.adapts) adapt(settings, time);
  divide(settings, time);
  fill(settings, time);
  letStuckThrough(settings, time);
  reportQueue(settings, inFlight);
  adjustTicks(settings, true);
}
