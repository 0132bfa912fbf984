// Makes the Plan of a Snapshot, and a verdict for everything in it that does not work as written. Pure and total.
import type { EnvoyPlan, Plan } from "../core/plan.ts";
import type { Snapshot } from "../core/snapshot.ts";
import type { Verdict } from "../core/verdict.ts";
import { discovered } from "./discovered.ts";
import { meshPlan } from "./mesh-plan.ts";
import { ordered } from "./order.ts";
import { overlaps } from "./overlaps/overlaps.ts";
import { envoyPlan } from "./plain-envoy/plan.ts";

type Translation = { readonly plan: Plan; readonly verdicts: readonly Verdict[] };
export type EnvoyTranslation = { readonly plan: EnvoyPlan; readonly verdicts: readonly Verdict[] };

/** For a mesh in which istiod tells proxies about Services and pods. */
export function translate(given: Snapshot): Translation {
  const seen = discovered(given);
  const snapshot = ordered(seen.snapshot);
  const { plan, verdicts, queues, inMesh } = meshPlan(snapshot);
  const loops = overlaps(snapshot, { queues: queues.workloads, subsetRules: plan.subsetRules });
  return { plan, verdicts: [...seen.verdicts, ...verdicts, ...loops, ...inMesh] };
}

/** With everything that a proxy has to know if there is no istiod. */
export function translateForEnvoy(given: Snapshot): EnvoyTranslation {
  const seen = discovered(given);
  const snapshot = ordered(seen.snapshot);
  const { plan, verdicts, policies, queues } = meshPlan(snapshot);
  const own = envoyPlan(plan, snapshot, { attached: policies.attached, queues: queues.workloads });
  const loops = overlaps(snapshot, { queues: queues.workloads, subsetRules: plan.subsetRules });
  return { plan: own.plan, verdicts: [...seen.verdicts, ...verdicts, ...loops, ...own.verdicts] };
}
