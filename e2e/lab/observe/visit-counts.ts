// What the proxies and queues of one arm counted while it was up. Types only.
import type { Observation } from "../site/expedite.ts";

/** What one arm's testbed counted in one repeat, over all its points. */
export interface VisitCounts {
  readonly arm: string;
  readonly repeat: number;
  /** All that the client sent, warm-ups too. */
  readonly requests: number;
  /** The filters' counters by name, summed over the proxies. */
  readonly counters: Readonly<Record<string, number>>;
  /** The node program's classes by pod. */
  readonly classes: Readonly<Record<string, Observation>>;
}
