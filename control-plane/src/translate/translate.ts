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
export function translate(snapshot: Snapshot): Translation {
  const { plan, verdicts, inMesh } = everywhere(snapshot);
  return { plan, verdicts: [...verdicts, ...inMesh] };
}

/** With everything that a proxy has to know if there is no istiod. */
export function translateForEnvoy(snapshot: Snapshot): EnvoyTranslation {
  const { plan, verdicts, seen, policies, queues } = everywhere(snapshot);
  const own = envoyPlan(plan, seen, { attached: policies.attached, queues: queues.workloads });
  return { plan: own.plan, verdicts: [...verdicts, ...own.verdicts] };
}

/** What holds with and without istiod. `seen`: the part of the snapshot that belongs to the mesh, in order. */
function everywhere(snapshot: Snapshot) {
  const mesh = discovered(snapshot);
  const seen = ordered(mesh.snapshot);
  const found = meshPlan(seen);
  const loops = overlaps(seen, { queues: found.queues.workloads, subsetRules: found.plan.subsetRules });
  return { ...found, seen, verdicts: [...mesh.verdicts, ...found.verdicts, ...loops] };
}
