// Writes the metrics of the queue. Its gauges are up to date with each tick: every worker adds its own changes, so that they show the sum.
import { recordMetric } from "../../abi/metric";
import { count, countMany, flushGauges } from "../counters";
import { LevelQueue, QueueSettings } from "./settings";

/** A change as a counter takes it: a negative one is added modulo 2^64. */
function change(now: u32, before: u32): u64 {
  return <u64>(<i64>now - <i64>before);
}

/** Adds a wait to the histogram. One host call. */
export function reportWait(queue: LevelQueue, from: u64, to: u64): void {
  // The clock may be set back.
  recordMetric(queue.waits, to > from ? (to - from) / 1_000_000 : 0);
}

export function reportQueue(settings: QueueSettings, inFlight: u32): void {
  // The last is that of the late ones.
  for (let i = 0; i <= settings.levelCount; i++) {
    const queue = settings.level(i);
    countMany(queue.length, change(queue.waiting, queue.reported));
    queue.reported = queue.waiting;
  }
  countMany(settings.inFlight, change(inFlight, settings.reportedInFlight));
  settings.reportedInFlight = inFlight;
}

/** To be called when nothing is left: a VM that was replaced has no tick after its last stream. */
export function reportIdle(settings: QueueSettings): void {
  reportQueue(settings, 0);
  flushGauges();
}

/** A wait was ended because it took too long, or there was no room. */
export function countGivenUp(queue: LevelQueue, rejects: bool): void {
  count(rejects ? queue.rejected : queue.forwarded);
}

/** A request was let through for its cause. */
export function countReentrant(settings: QueueSettings): void {
  count(settings.reentrant);
}
