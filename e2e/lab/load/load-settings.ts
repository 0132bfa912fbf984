// Types of the messages between the experiment and the load generator, one line of JSON each way.
import type { RequestClass } from "../classes.ts";

export interface LoadSettings {
  /** Where requests go, for example http://10.9.0.3:80. */
  readonly target: string;
  /** Identifies the arrival sequences; equal in all arms of a repeat. */
  readonly seed: readonly number[];
  readonly classes: readonly RequestClass[];
  /** Mean requests per second, by class. */
  readonly rps: Readonly<Record<RequestClass, number>>;
  /** Seconds that are sent but do not count. */
  readonly warmUp: number;
  /** Seconds after the warm-up, whose requests count: the mean rate times these. */
  readonly duration: number;
  /** Seconds after which a request is abandoned. */
  readonly timeout: number;
  /** How many applications report the level that they saw; 0 if no filter propagates levels. */
  readonly hops: number;
}

export interface ClassLoad {
  /** Requests that count and were answered with 200 in time. */
  readonly n: number;
  /** 200s that came within the seconds that count, whenever their requests were sent. */
  readonly answered: number;
  /** All requests sent, including the warm-up. */
  readonly sent: number;
  /** Requests with any result other than a 200 in time, including the warm-up. */
  readonly errors: number;
  /** Those of them without an answer in time. */
  readonly timeouts: number;
  /** Answers for which an application saw no level, or another level than the class's own. */
  readonly wrongLevels: number;
  /** One encoded HDR histogram (histogram.ts) for each second that counts. */
  readonly blocks: readonly string[];
  /** The first error's text. */
  readonly firstError?: string;
}

export interface LoadResult {
  readonly classes: Readonly<Partial<Record<RequestClass, ClassLoad>>>;
  /** 99th percentile of the milliseconds between intended and actual sending; part of every latency. */
  readonly lateness: number;
  /** CPU seconds that the load generator itself used after the warm-up. */
  readonly cpuSeconds: number;
}

/** The line on standard output that announces the end of the warm-up. */
export const measuringLine = "measuring";
