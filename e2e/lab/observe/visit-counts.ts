// What the proxies and queues of one arm counted while it was up. Types only.
import type { Observation } from "../site/expedite.ts";

/** The counters of one arm's testbed in one repeat, over all of its points. */
export interface VisitCounts {
  readonly arm: string;
  readonly repeat: number;
  /** Everything that the client sent, including warm-ups. */
  readonly requests: number;
  /** The filters' counters by name, summed over the proxies. */
  readonly counters: Readonly<Record<string, number>>;
  /** Counters of the node program's classes, by pod. */
  readonly classes: Readonly<Record<string, Observation>>;
  /** Congestion controls of the connections that the bottleneck pod's proxy has accepted, sorted. */
  readonly congestion: readonly string[];
  /** The most requests that the bottleneck pod's application had at once, in work or waiting; 0 where it answers at once. */
  readonly atOnce: number;
}
