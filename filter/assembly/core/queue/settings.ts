// The compiled settings of the request queue. Only an inbound configuration has them (docs/adr/0046-the-request-queue.md).

@unmanaged
export class LevelQueue {
  /** Nanoseconds that a request of the level waits at most. */
  maxWait: u64;
  /** A request that has waited so long is refused instead of let through. */
  rejects: bool;
  /** Of `allShares`: what is kept for the level when those above it want everything. */
  share: u32;
  /** What the level has of its share, while others are let through. */
  credit: u32;
  /** The first and the last of the requests that wait, as numbers of entries; 0 if none waits. */
  first: u32;
  last: u32;
  /** How many requests wait. */
  waiting: u32;
  /** How many requests are in the application. */
  inFlight: u32;
  /** How many of them the gauge shows. */
  reported: u32;
  /** The histogram queue.wait_ms.<level>, as the host numbers it. */
  waits: u32;
  /** This and the following fields are counters and a gauge, as counters.ts numbers them. */
  forwarded: u32;
  rejected: u32;
  length: u32;
}

/** The sum of all levels' shares, in hundredths of a percent. */
export const allShares: u32 = 10_000;

@unmanaged
export class PathPrefix {
  next: usize;
  text: usize;
  size: usize;
}

@unmanaged
export class QueueSettings {
  /** Requests that the application works on at once, over all workers of the proxy. If the limit adapts, the most. */
  limit: u32;
  /** The least, if the limit adapts; else 0. */
  minLimit: u32;
  /** The limit that the workers divide now. */
  inForce: u32;
  /** Requests in the application that other workers let in, as of the last tick; 0 if the limit is fixed. */
  elsewhere: u32;
  /** Requests that may wait at each worker. */
  maxQueued: u32;
  /** Array of LevelQueue, highest first, and one more for requests whose callers no longer wait. */
  levels: usize;
  levelCount: i32;
  /** First PathPrefix of requests that never wait; 0 if there is none. */
  exempt: usize;
  /** The counter queue.reentrant. */
  reentrant: u32;
  /** The gauge queue.in_flight, and what it shows. */
  inFlight: u32;
  reportedInFlight: u32;
  /** The gauge queue.limit, as the host numbers it, if the limit adapts. */
  limitGauge: u32;

  @inline get adapts(): bool {
    return this.minLimit > 0;
  }

  level(index: i32): LevelQueue {
    return changetype<LevelQueue>(this.levels + <usize>index * offsetof<LevelQueue>());
  }
}

/** Null: requests never wait. */
export let queueSettings: QueueSettings | null = null;

export function useQueue(settings: QueueSettings): void {
  queueSettings = settings;
}
