// Finds control loops of others that work against Expedite's (docs/operations/overlaps.md): a warning, which changes nothing in the plan.
import type { SubsetRule } from "../../core/plan.ts";
import type { Snapshot } from "../../core/snapshot.ts";
import type { Verdict } from "../../core/verdict.ts";
import type { WorkloadQueue } from "../queues/accepted.ts";
import { scaledOnCpu } from "./autoscalers.ts";
import { brokenBelowLimit } from "./circuit-breakers.ts";
import { limitsPerLevel } from "./limits-per-level.ts";
import { retriedWhileWaiting } from "./retries.ts";

type InForce = {
  readonly queues: readonly WorkloadQueue[];
  readonly subsetRules: readonly SubsetRule[];
};

export function overlaps(snapshot: Snapshot, { queues, subsetRules }: InForce): readonly Verdict[] {
  return [
    ...retriedWhileWaiting(snapshot, queues),
    ...brokenBelowLimit(snapshot, queues),
    ...scaledOnCpu(snapshot, queues),
    ...limitsPerLevel(snapshot, subsetRules),
  ];
}
