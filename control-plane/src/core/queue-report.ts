// Defines what the sidecars of a RequestQueue's pods do with it, as their metrics say: the controller adds it up, the command shows it. Types
// only.

export type QueueReport = {
  readonly namespace: string;
  readonly name: string;
  /** Requests that each pod works on at once; if the limit adapts, at most. */
  readonly limit: number;
  /** If the limit adapts: the lowest and the highest that the sidecars have found; absent as long as none has. */
  readonly found?: { readonly least: number; readonly most: number };
  /** How many pods have the queue. */
  readonly pods: number;
  /** Of how many of them the metrics were read. All numbers below are sums over these. */
  readonly read: number;
  /** Requests in the application now. */
  readonly inFlight: number;
  /** Requests that wait now although their callers no longer do. */
  readonly late: number;
  /** Highest first. */
  readonly levels: readonly LevelReport[];
};

export type LevelReport = LevelTotals & {
  readonly name: string;
  /** Of those that waited, since their sidecars started; absent if none has. */
  readonly waits?: WaitSummary;
};

export type LevelTotals = {
  /** Requests that wait now. */
  readonly waiting: number;
  /** Since the sidecars started: let through because they had waited for maxWait, or there was no room. */
  readonly forwarded: number;
  /** Since the sidecars started: answered with 429 for the same reasons. */
  readonly rejected: number;
};

/** Milliseconds, but for the count. */
type WaitSummary = {
  readonly count: number;
  readonly mean: number;
  /** As a histogram knows them: an upper bound. Absent: longer than its longest bound. */
  readonly p50?: number;
  readonly p99?: number;
};
