// Makes a condition from a finding: its time moves only when its status changes.
import type { Condition } from "../api/conditions.ts";

export type Finding = { readonly status: Condition["status"]; readonly reason: string; readonly message: string };

/** Characters; a condition's message may have 32,768. */
const longest = 2000;

/** `before`: the conditions that the object has. `now`: as in an object's metadata. */
export function conditionOf(
  type: Condition["type"],
  { status, reason, message }: Finding,
  { before, now }: { readonly before: readonly Condition[]; readonly now: string },
): Condition {
  const last = before.find((entry) => entry.type === type);
  const lastTransitionTime = last?.status === status ? last.lastTransitionTime : now;
  return { type, status, lastTransitionTime, reason, message: message.slice(0, longest) };
}
