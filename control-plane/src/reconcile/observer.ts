// What the loop tells of itself as it happens: for metrics and logs. Types only.
export type Observer = {
  /** `seconds`: of one turn. `error`: why it failed. */
  readonly reconciled: (seconds: number, error?: Error) => void;
  readonly wrote: (verb: "apply" | "remove" | "status", kind: string, name: string, error?: Error) => void;
};
