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
