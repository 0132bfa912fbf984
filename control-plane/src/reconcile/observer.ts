// What the loop tells of itself as it happens: for metrics and logs. Types only.
export type Observer = {
  /** `seconds`: of one turn. `error`: why it failed. */
  readonly reconciled: (seconds: number, error?: Error) => void;
  readonly wrote: (verb: "apply" | "remove" | "status", kind: string, name: string, error?: Error) => void;
};

/** Why a kind cannot be listed or watched now. */
export type WatchProblem = {
  readonly cause: "Forbidden" | "Missing" | "Unreachable" | "Unavailable" | "Refused" | "Unreadable";
  readonly message: string;
  /** What an operator can do. */
  readonly remedy: string;
};

/** What the watch cache tells. `resource`: as kubectl names it. */
export type WatchObserver = {
  /** Once for each resource and cause, until it recovers or the cause is another. */
  readonly watchFailed: (resource: string, problem: WatchProblem) => void;
  readonly watchRecovered: (resource: string) => void;
};
