// What is found about an object before anybody says which: a verdict without its object.
import type { Reason } from "../api/reasons.ts";
import type { Verdict } from "../core/verdict.ts";

export type Finding = Omit<Verdict, "on">;

export function finding(reason: Reason, field: Finding["field"], message: string): Finding {
  return { reason, field, message };
}
