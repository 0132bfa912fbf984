// Decides whether calls inherit how long the caller of their cause waits (docs/adr/0048-deadlines-travel-like-levels.md).
import type { PriorityLadder } from "../api/priority-ladder.ts";
import type { Plan } from "../core/plan.ts";

/**
 * Unless calls are to end, only queues use deadlines, so a mesh without one does not pay for them. With one, every proxy carries them: it
 * may be on the way.
 */
export function deadlines({ spec }: PriorityLadder, hasQueue: boolean): Pick<Plan, "deadlines"> {
  if (spec.deadlines === "Disabled" || (spec.deadlines === "Carry" && !hasQueue)) return {};
  return { deadlines: spec.deadlines };
}
