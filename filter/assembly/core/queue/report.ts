// Keeps the gauges of the queue up to date. Every worker adds its own changes, so that they show the sum.
import { countMany } from "../counters";
import { QueueSettings } from "./settings";

/** A change as a counter takes it: a negative one is added modulo 2^64. */
function change(now: u32, before: u32): u64 {
  return <u64>(<i64>now - <i64>before);
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
