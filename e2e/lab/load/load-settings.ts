// What the experiment tells the load generator and what that answers, one line of JSON each way.
import type { RequestClass } from "../classes.ts";

export interface LoadSettings {
  /** Where requests go, for example http://10.9.0.3:80. */
  readonly target: string;
  /** Names the arrival sequences; equal in all arms of a repeat. */
  readonly seed: readonly number[];
  readonly classes: readonly RequestClass[];
  /** Mean requests per second of each class. */
  readonly rps: number;
  /** Seconds that are played but not counted. */
  readonly warmUp: number;
  /** Requests of each class that are counted. */
  readonly count: number;
  /** Seconds after which a request is given up. */
  readonly timeout: number;
  /** How many applications report the level they saw; 0 where no filter propagates one. */
  readonly hops: number;
}

export interface ClassLoad {
  /** Answered with 200 in time, and counted. */
  readonly n: number;
  /** All requests played, warm-up too. */
  readonly sent: number;
  /** Anything but a 200 in time, warm-up too. */
  readonly errors: number;
  /** Of these, those without an answer in time. */
  readonly timeouts: number;
  /** Answers on whose way an application saw another level than the class's own, or none. */
  readonly wrongLevels: number;
  /** One encoded HDR histogram (histogram.ts) for each second that counts. */
  readonly blocks: readonly string[];
  /** The first error's text. */
  readonly firstError?: string;
}

export interface LoadResult {
  readonly classes: Readonly<Partial<Record<RequestClass, ClassLoad>>>;
  /** Milliseconds between the intended and the real sending, 99 of 100 requests; part of every latency. */
  readonly lateness: number;
  /** CPU seconds that the load generator itself used after the warm-up. */
  readonly cpuSeconds: number;
}

/** The line on standard output that says that the warm-up is over. */
export const measuringLine = "measuring";
