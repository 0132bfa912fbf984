// Compares what ends per second at two limits, while requests wait all the time. They are in force in turn, for a block of requests each, so
// that whatever else slows the application down hits both; and it goes on until the mean of all pairs of blocks is certain enough.

/** The same as maxLevels of filter/config/schema.ts. */
const levelCount: usize = 8;

/** A block has at least so many seconds, and requests by the rules. */
const leastSeconds: f64 = 0.1;
/** Pairs are taken to differ by at least so much, because a few may be alike by chance. */
const leastDeviation: f64 = 0.2;

/** Without a pair, after which a comparison is given up. */
const mostInterruptions: u32 = 50;

/** When a comparison ends: with the gain certainly above or below these, with an error so small, or after so many pairs. */
@unmanaged
export class Rules {
  above: f64;
  below: f64;
  error: f64;
  pairs: f64;
  /** It does not end with fewer. */
  leastPairs: f64;
  /** So many standard errors are certain. */
  certain: f64;
  /** That a block has at least. */
  requests: u32;
}

export let isComparing: bool = false;
/** Of the comparison that has ended, or still goes on. */
export let lowLimit: u32 = 0;
export let highLimit: u32 = 0;

let rules: Rules = changetype<Rules>(0);
/** Which limit is in force. */
let isLow: bool = false;
/** The second block of a pair is followed by one of the same limit, so that a trend is no gain. */
let isSecond: bool = false;
/** Whether the block has begun to be measured. Before that, requests drain, and then so many end at the new limit. */
let isMeasured: bool = false;
let isDrained: bool = false;
let drained: u32 = 0;
/** Whether no other limit was in force just now. */
let isFirst: bool = true;
let settling: u32 = 0;

/** Of the block. */
let requests: u32 = 0;
let since: f64 = 0;
let firstSeconds: f64 = 0;
/** Requests that ended in the block, and in the first of its pair, by level. */
const ended: usize = memory.data(8 << 2, 8);
const endedFirst: usize = memory.data(8 << 2, 8);

/** Requests that began and ended in a block of the low limit, by level: how long they took is how much work they are. */
const samples: usize = memory.data(8 << 3, 8);
const times: usize = memory.data(8 << 3, 8);

let pairs: f64 = 0;
/** How often nothing waited since the last pair. */
let interruptions: u32 = 0;
let sum: f64 = 0;
let squares: f64 = 0;
/** Numbers of requests in the application at the ticks of the blocks, which the workers keep near the limit. */
let lowNumbers: f64 = 0;
let lowTicks: f64 = 0;
let highNumbers: f64 = 0;
let highTicks: f64 = 0;

export function beginComparison(low: u32, high: u32, when: Rules): void {
  isComparing = true;
  lowLimit = low;
  highLimit = high;
  rules = when;
  isLow = false;
  isFirst = true;
  interruptComparison();
  interruptions = 0;
  memory.fill(samples, 0, levelCount << 3);
  memory.fill(times, 0, levelCount << 3);
  pairs = 0;
  sum = 0;
  squares = 0;
  lowNumbers = 0;
  lowTicks = 0;
  highNumbers = 0;
  highTicks = 0;
}

export function endComparison(): void {
  isComparing = false;
}

/** Compares the same limits by other rules. What led to that does not count, because it may have done so by chance. */
export function repeatComparison(when: Rules): void {
  isComparing = true;
  rules = when;
  pairs = 0;
  sum = 0;
  squares = 0;
}

/**
 * Nothing waits any more. @returns whether that happened so often that there may never be a pair: as where there are no more clients than
 * the limit that is tried.
 */
export function isHopeless(): bool {
  interruptions++;
  return interruptions >= mostInterruptions;
}

/** Nothing waits, so the blocks of this pair can't be compared. */
export function interruptComparison(): void {
  isSecond = false;
  isMeasured = false;
  isDrained = false;
  drained = 0;
}

export function comparedLimit(): u32 {
  return isLow ? lowLimit : highLimit;
}

/** 2 (high − low) / (high + low) of what ends per second, which is nearly the logarithm of the ratio. */
export function gain(): f64 {
  return pairs == 0 ? 0 : sum / pairs;
}

/** How many requests there were in the application at the low limit, on average. */
export function lowInFlight(): f64 {
  return lowTicks == 0 ? lowLimit : lowNumbers / lowTicks;
}

/** Whether there were as many more as the limits say, but for a third of that; else nothing can be said of the limits. */
export function isComparable(): bool {
  if (highTicks == 0) return false;
  const wanted = <f64>(highLimit - lowLimit) / <f64>lowLimit;
  return highNumbers / highTicks > lowInFlight() * (1 + 0.6 * wanted);
}

/** How many times more ends at the high limit. */
export function gainFactor(gain: f64): f64 {
  return (2 + gain) / (2 - gain);
}

/** A request of this worker's has ended. */
export function addWork(level: i32, time: f64, took: f64): void {
  if (!isMeasured || !isLow || time - took < since) return;
  const at = (<usize>level) << 3;
  store<f64>(samples + at, load<f64>(samples + at) + 1);
  store<f64>(times + at, load<f64>(times + at) + took);
}

/** @param levels how many requests of each level ended since the last tick: u32[8]. @returns whether it is certain */
export function compare(time: f64, inFlight: u32, levels: usize): bool {
  if (!isMeasured) {
    settle(time, inFlight, levels);
    return false;
  }
  for (let i: usize = 0; i < levelCount; i++) {
    const count = load<u32>(levels + (i << 2));
    requests += count;
    store<u32>(ended + (i << 2), load<u32>(ended + (i << 2)) + count);
  }
  if (isLow) {
    lowNumbers += inFlight;
    lowTicks++;
  } else {
    highNumbers += inFlight;
    highTicks++;
  }
  const seconds = time - since;
  // To drain a large application takes long, so a block of it can be longer.
  if (requests < max(rules.requests, lowLimit) || seconds < leastSeconds) return false;
  let isCertain: bool = false;
  if (isSecond) isCertain = addPair(seconds);
  else {
    memory.copy(endedFirst, ended, levelCount << 2);
    firstSeconds = seconds;
    isLow = !isLow;
    isMeasured = false;
    isDrained = false;
    drained = 0;
  }
  isSecond = !isSecond;
  measure(time);
  return isCertain;
}

function measure(time: f64): void {
  requests = 0;
  since = time;
  memory.fill(ended, 0, levelCount << 2);
}

/** The sum over all levels. */
export function endedIn(levels: usize): u32 {
  let count: u32 = 0;
  for (let i: usize = 0; i < levelCount; i++) count += load<u32>(levels + (i << 2));
  return count;
}

function settle(time: f64, inFlight: u32, levels: usize): void {
  const count = endedIn(levels);
  if (!isDrained) {
    // With a limit near the number of workers there may always be more.
    drained += count;
    if (inFlight > comparedLimit() && drained < 2 * inFlight + highLimit) return;
    isDrained = true;
    // What was let in just now has to take its time until what ends per second is that of the new limit.
    settling = isFirst ? 0 : isLow ? (lowLimit + 1) / 2 : highLimit;
    isFirst = false;
    if (settling > 0) return;
  }
  settling -= min(settling, count);
  if (settling > 0) return;
  isMeasured = true;
  measure(time);
}

/** How much work requests were, by what those of each level took at the low limit. */
function workOf(levels: usize): f64 {
  let count: f64 = 0;
  let took: f64 = 0;
  for (let i: usize = 0; i < levelCount; i++) {
    count += load<f64>(samples + (i << 3));
    took += load<f64>(times + (i << 3));
  }
  const mean = count == 0 ? 1 : took / count;
  let work: f64 = 0;
  for (let i: usize = 0; i < levelCount; i++) {
    const each = (load<f64>(times + (i << 3)) + mean) / (load<f64>(samples + (i << 3)) + 1);
    work += <f64>load<u32>(levels + (i << 2)) * each;
  }
  return work;
}

function addPair(seconds: f64): bool {
  const now = workOf(ended) / seconds;
  const first = workOf(endedFirst) / firstSeconds;
  const difference = (2 * (now - first)) / (now + first);
  const one = isLow ? -difference : difference;
  pairs++;
  interruptions = 0;
  sum += one;
  squares += one * one;
  if (pairs < rules.leastPairs) return false;
  if (pairs == rules.pairs) return true;
  const mean = gain();
  const variance = max((squares - sum * mean) / max(1, pairs - 1), leastDeviation * leastDeviation);
  const error = sqrt(variance / pairs);
  if (mean - rules.certain * error > rules.above || mean + rules.certain * error < rules.below) return true;
  return error < rules.error;
}
