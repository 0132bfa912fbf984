// Defines the explanation of one request: its level, the level's origin, and the result of each rule. Types only.
import type { Request } from "./request.ts";

export type Explanation = {
  readonly request: Request;
  /** Where the request got its level: Gateway, Service, or Namespace for its workloads. */
  readonly at: {
    readonly kind: "Gateway" | "Service" | "Namespace";
    readonly namespace: string;
    readonly name: string;
  };
  readonly level: string;
  /** False if no proxy applies the policies there. The notes say why. */
  readonly isApplied: boolean;
  /** rule: `rule` matched. header: the request has the level in a trusted header. policy, ladder: their defaultLevel. */
  readonly by: "rule" | "header" | "policy" | "ladder";
  readonly rule?: string;
  /** namespace/name of the PriorityPolicy with the rule. */
  readonly policy?: string;
  /** In the order in which they are tried. */
  readonly rules: readonly ExplainedRule[];
  /** Services at whose pods the request, or one that it causes, may have to wait. */
  readonly queues: readonly ExplainedQueue[];
  /** Assumptions, and anything else that a reader would ask. */
  readonly notes: readonly string[];
};

export type ExplainedRule = {
  readonly name: string;
  readonly policy: string;
  readonly level: string;
  readonly outcome: "matches" | "fails" | "not reached";
  /** Empty if the rule was not reached. */
  readonly matchers: readonly ExplainedMatcher[];
};

export type ExplainedMatcher = {
  readonly field: string;
  readonly wanted: string;
  readonly found: string;
  readonly holds: boolean;
};

export type ExplainedQueue = {
  /** namespace/name of the RequestQueue. */
  readonly name: string;
  /** `Service ratings` */
  readonly targets: readonly string[];
  /** Requests that each pod works on at once; others wait. */
  readonly limit: number;
  /** If the limit adapts: the least, and `limit` is the most. */
  readonly minLimit?: number;
  /** Absent: the request never waits, by its path or because it is a stream. */
  readonly wait?: {
    /** The level in whose queue it waits. */
    readonly level: string;
    /** At most so long: 1m30s. */
    readonly maxWait: string;
    /** Forward: it is then let through. Reject: it is answered with 429 and Retry-After. */
    readonly onTimeout: "Forward" | "Reject";
  };
};
