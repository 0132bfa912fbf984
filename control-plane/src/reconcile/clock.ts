// The controller's clock: the machine's, or one that a test controls.
import { setTimeout as sleep } from "node:timers/promises";

export type Clock = {
  /** Milliseconds from any origin; never set back. */
  readonly now: () => number;
  /** For people. */
  readonly date: () => Date;
  /** Resolves after `millis`, or as soon as `signal` aborts; never rejects. */
  readonly sleep: (millis: number, signal?: AbortSignal) => Promise<void>;
};

export const systemClock: Clock = {
  now: () => performance.now(),
  date: () => new Date(),
  sleep: (millis, signal) => sleep(millis, undefined, signal === undefined ? {} : { signal }).catch(() => {}),
};
