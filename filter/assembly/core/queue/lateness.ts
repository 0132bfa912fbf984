// Tells which of the requests that wait could not be answered while their callers wait. It estimates how long the application takes for a
// request of a level, as TCP estimates round trips (RFC 6298): a smoothed mean, and two smoothed deviations from it.
import { callerTimeout, deadlineAfter } from "../caller-timeout";
import { Configuration } from "../configuration";
import { Entry } from "./entries";
import { QueueSettings } from "./settings";

@unmanaged
class Estimate {
  /** Nanoseconds; 0 before the first request. */
  mean: u64;
  deviation: u64;
}

/** The same as maxLevels of filter/config/schema.ts. */
const maxLevels: i32 = 8;
const estimates: usize = memory.data(maxLevels * <i32>offsetof<Estimate>(), 8);

function estimateOf(level: i32): Estimate {
  return changetype<Estimate>(estimates + <usize>level * offsetof<Estimate>());
}

/** To be called when a request that had waited leaves the application: others are measured only where that costs no host call. */
export function addServiceTime(level: i32, time: u64): void {
  const estimate = estimateOf(level);
  if (estimate.mean == 0) {
    estimate.mean = time;
    estimate.deviation = time >> 1;
    return;
  }
  const difference = time > estimate.mean ? time - estimate.mean : estimate.mean - time;
  estimate.deviation += difference >> 2;
  estimate.deviation -= estimate.deviation >> 2;
  estimate.mean += time >> 3;
  estimate.mean -= estimate.mean >> 3;
}

/**
 * Whether the application would answer it too late. The estimate counts for no more than half of the time that the caller granted, so that
 * one slow answer does not make all requests with short timeouts late.
 */
export function isTooLate(entry: Entry, time: u64): bool {
  if (time >= entry.until) return true;
  const estimate = estimateOf(entry.level);
  return entry.until - time < min(estimate.mean + (estimate.deviation << 1), (entry.until - entry.since) >> 1);
}

/** Notes when a request begins to wait, until when it may, and until when its caller waits. Reads headers of the request. */
export function startWait(configuration: Configuration, settings: QueueSettings, entry: Entry, time: u64): void {
  const queue = settings.level(entry.level);
  const timeout = callerTimeout(configuration);
  entry.since = time;
  entry.until = deadlineAfter(time, timeout);
  // Nobody waits for the answer of a late request, so it need not be refused later than its caller gives up.
  entry.expires = time + (queue.rejects ? min(queue.maxWait, timeout) : queue.maxWait);
}
