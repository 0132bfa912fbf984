// Finds the limit of a queue that adapts (docs/adr/0047-the-adaptive-limit.md): 1.4 times the knee, the number of requests up to which more of
// them at once means that more end per second. While requests wait, two limits are compared: half of the limit where it may be too high, and
// more than it where it may be too low.
import {
  beginComparison,
  compare,
  comparedLimit,
  endComparison,
  endedIn,
  gain,
  gainFactor,
  highLimit,
  interruptComparison,
  isComparable,
  isComparing,
  isHopeless,
  lowInFlight,
  lowLimit,
  Rules,
  repeatComparison,
} from "./comparison";
import { beginLook, forgetPace, paceAt } from "./pace";
import { alwaysInFlight, changed, headroom, limitOfCurve, tolerance } from "./unfilled";

/** So many times the limit is tried, to see whether more would be better. */
const above: f64 = 1.35;
/** Added to a gain: rather too high a limit than too low a one. */
const margin: f64 = 0.1;
/** Gains of more than the limit from which on it is better, and of the limit over its half up to which half is as good. */
const moreIsBetter: f64 = 0.14;
const halfIsEnough: f64 = 0.2;
/** Seconds of waiting from one look above the limit to the next; as long as nothing comes of it, they double. */
const leastPause: f64 = 1;
const mostPause: f64 = 16;
/** The application has got slower, or faster, if it is so different from before so many looks in turn. */
const slowTimes: u32 = 3;
const fastTimes: u32 = 2;
const risen: f64 = 1.2;
/** What comes and goes is compared with both the slowest and the fastest pace, which are forgotten slowly. */
const forgotten: f64 = 0.02;

/** While the limit falls, half of it is enough up to this gain. One pair of blocks decides, or two where the first is near it. */
const fallsOn: f64 = 0.2;
const fallRules = rulesOf(memory.data(offsetof<Rules>(), 8), 1, 2, 40);
fallRules.certain = 0.25;
fallRules.above = fallsOn;
fallRules.below = fallsOn;
/** Half of the limit costs throughput where it is not enough, so it is not compared for long. */
const halfRules = rulesOf(memory.data(offsetof<Rules>(), 8), 4, 24, 20);
halfRules.certain = 1.5;
halfRules.above = 0.45;
halfRules.below = 0.3;
halfRules.error = 0.12;
/** Where twice the limit is no better, the step that seems to be the last is decided by these: the knee can't be far above the limit. */
const lastRules = rulesOf(memory.data(offsetof<Rules>(), 8), 2, 24, 20);
lastRules.certain = 1.5;
lastRules.above = 0.25;
lastRules.below = 0.3;
lastRules.error = 0.12;
const aboveRules = rulesOf(memory.data(offsetof<Rules>(), 8), 4, 12, 30);
aboveRules.certain = 2;
aboveRules.above = 0.08;
aboveRules.below = 0.25;

const notCompared: f64 = -1;

let least: u32 = 1;
let most: u32 = 1;
/** The limit, but for what is tried. */
export let standing: u32 = 1;
/** Whether it was found; otherwise it may be far too high. */
export let isKnown: bool = false;
let isFull: bool = false;

/** Whether few pairs of blocks are to decide. */
let isFalling: bool = false;
/** The gain of twice the limit over it, which was not enough to keep that; below 0: that was not compared. */
let beyond: f64 = notCompared;

/** Of the paces since the limit was found; 0: not known. */
let slowest: f64 = 0;
let fastest: f64 = 0;
let lastPace: f64 = 0;
let slow: u32 = 0;
let fast: u32 = 0;
/** The pace for which half of the limit is compared, and the limit then; 0: that is not why. */
let examined: f64 = 0;
let examinedLimit: u32 = 0;
/** When the last look above the limit ended, as if requests had waited ever since. */
let lookedAt: f64 = 0;
let searchedAt: f64 = 0;
let pause: f64 = leastPause;
/** The limit before a look above it raised it; 0: that is not why half of it is compared. */
let before: u32 = 0;

function rulesOf(at: usize, leastPairs: f64, pairs: f64, requests: u32): Rules {
  const rules = changetype<Rules>(at);
  rules.leastPairs = leastPairs;
  rules.pairs = pairs;
  rules.requests = requests;
  return rules;
}

/** @param from the limit to begin at */
export function startSearch(bounds: u64, from: u32, known: bool): void {
  least = <u32>(bounds >> 32);
  most = <u32>bounds;
  standing = clamp(from);
  isKnown = known;
  isFull = false;
  before = 0;
  beyond = notCompared;
  examined = 0;
  endComparison();
  forget();
}

function clamp(limit: u32): u32 {
  return max(least, min(most, limit));
}

function halfOf(limit: u32): u32 {
  return clamp((limit + 1) / 2);
}

export function searchedLimit(): u32 {
  if (!isFull) return standing;
  return isComparing ? comparedLimit() : standing;
}

/** @param levels how many requests of each level ended since the last tick: u32[8] */
export function search(time: f64, inFlight: u32, waiting: u32, levels: usize): void {
  const wasFull = isFull;
  isFull = waiting > 0;
  lower(time, inFlight, levels);
  if (!isFull || !wasFull) {
    interruptComparison();
    if (isComparing && wasFull && isHopeless()) giveUp(time);
    beginLook(time);
    lookedAt += time - searchedAt;
  } else if (isComparing) {
    if (compare(time, inFlight, levels)) decide(time);
    else if (lowLimit == standing) watch(time);
  } else if (isKnown) watch(time);
  else fall(time);
  searchedAt = time;
}

/** What can be said without trying anything. */
function lower(time: f64, inFlight: u32, levels: usize): void {
  const limit = limitOfCurve(standing, inFlight, isFull);
  if (limit > 0) {
    standing = clamp(limit);
    isKnown = true;
    beyond = notCompared;
    endComparison();
    forget();
  } else if (!isKnown && !isFull) {
    const always = alwaysInFlight(time, inFlight, endedIn(levels));
    if (always > 0) standing = clamp(min(standing, always));
  }
}

/** Halves the limit as long as that leaves what ends per second as it is. */
function fall(time: f64): void {
  const half = halfOf(standing);
  if (half == standing) return found(time, standing);
  isFalling = true;
  beginComparison(half, standing, fallRules);
}

function beginHalf(): void {
  isFalling = false;
  const half = halfOf(standing);
  if (half < standing) beginComparison(half, standing, halfRules);
}

function forget(): void {
  forgetPace();
  slowest = 0;
  fastest = 0;
  slow = 0;
  fast = 0;
}

function found(time: f64, limit: u32): void {
  beyond = notCompared;
  standing = limit;
  isKnown = true;
  lookedAt = time;
  pause = leastPause;
  keepPace(limit);
  beginLook(time);
}

/** If a slower application has the same limit, that it is so slow is no reason to look again: other programs may come and go. */
function keepPace(limit: u32): void {
  const isSame =
    examined > 0 && <f64>limit <= <f64>examinedLimit * tolerance && <f64>examinedLimit <= <f64>limit * tolerance;
  if (isSame) slowest = min(slowest, examined);
  else forget();
  examined = 0;
}

/** The limit stays as it is, and the application is watched again. */
function giveUp(time: f64): void {
  endComparison();
  isFalling = false;
  beyond = notCompared;
  examined = 0;
  lookedAt = time;
  pause = min(2 * pause, mostPause);
  if (before > 0) standing = before;
  before = 0;
}

function decide(time: f64): void {
  endComparison();
  beginLook(time);
  const more = gain();
  if (isFalling) {
    if (more > fallsOn) {
      isFalling = false;
      return repeatComparison(beyond < 0 ? halfRules : lastRules);
    }
    standing = lowLimit;
    beyond = max(0, more);
    return;
  }
  // There can't be more than at the high limit, or at twice that where it was compared; then less of a margin is enough.
  const greatest = <f64>highLimit * gainFactor(max(0, beyond / 2));
  const likely = min(1, max(0, more) + (beyond < 0 ? margin : margin / 2));
  const knee = min(greatest, lowInFlight() * gainFactor(likely));
  const limit = clamp(<u32>max(0, ceil(knee * headroom - 0.2)));
  if (lowLimit == standing) return decideAbove(time, more, limit);
  const lastStanding = before;
  before = 0;
  // Half of it makes no difference, because the workers let in as many all the same.
  if (!isComparable()) return found(time, standing);
  if (more < halfIsEnough) {
    if (lastStanding > 0) return found(time, lastStanding);
    // It may be far lower.
    standing = lowLimit;
    beyond = max(0, more);
    return beginHalf();
  }
  if (beyond < 0 && <f64>highLimit * tolerance < <f64>limit) {
    standing = limit;
    return beginHalf();
  }
  found(time, limit);
}

function decideAbove(time: f64, more: f64, limit: u32): void {
  lookedAt = time;
  pause = min(2 * pause, mostPause);
  fastest = max(fastest, lastPace);
  if (more < moreIsBetter || limit <= standing || !isComparable()) return;
  before = standing;
  standing = limit;
  beyond = notCompared;
  beginHalf();
}

/** Looks whether the application has got slower, or faster, since the limit was found. */
function watch(time: f64): void {
  const pace = paceAt(time);
  if (pace == 0) return;
  lastPace = pace;
  if (slowest == 0) {
    slowest = pace;
    fastest = pace;
  }
  // Above the limit, requests take longer.
  const expected = isComparing ? slowest / above : slowest;
  slow = pace * changed < expected ? slow + 1 : 0;
  if (isComparing && slow < slowTimes) return;
  fast = pace > fastest * risen ? fast + 1 : 0;
  slowest += max(0, pace - slowest) * forgotten;
  fastest -= max(0, fastest - pace) * forgotten;
  const isFast = fast >= fastTimes;
  if (isFast) {
    fast = 0;
    pause = leastPause;
  }
  if (slow >= slowTimes) {
    slow = 0;
    examined = pace;
    examinedLimit = standing;
    beginHalf();
  } else if (standing < most && (isFast || time > lookedAt + pause)) {
    const higher = clamp(max(standing + 1, <u32>(<f64>standing * above + 0.5)));
    beginComparison(standing, higher, aboveRules);
  }
}
