// The explanation of one request: its level, where that comes from, and what became of each rule. Types only.
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
  /** rule: `rule` matched. header: the request brought the level and is believed. policy, ladder: their defaultLevel. */
  readonly by: "rule" | "header" | "policy" | "ladder";
  readonly rule?: string;
  /** namespace/name of the PriorityPolicy that has the rule. */
  readonly policy?: string;
  /** In the order in which they are tried. */
  readonly rules: readonly ExplainedRule[];
  /** What was assumed, and what else a reader would ask. */
  readonly notes: readonly string[];
};

export type ExplainedRule = {
  readonly name: string;
  readonly policy: string;
  readonly level: string;
  readonly outcome: "matches" | "fails" | "not reached";
  /** Empty where the rule was not reached. */
  readonly matchers: readonly ExplainedMatcher[];
};

export type ExplainedMatcher = {
  readonly field: string;
  readonly wanted: string;
  readonly found: string;
  readonly holds: boolean;
};
