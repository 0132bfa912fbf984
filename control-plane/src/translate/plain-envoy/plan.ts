// Adds to a Plan what a proxy without istiod has to know about Services and pods.
import type { EnvoyPlan, Plan } from "../../core/plan.ts";
import type { Snapshot } from "../../core/snapshot.ts";
import type { Verdict } from "../../core/verdict.ts";
import { compare } from "../order.ts";
import type { Attached } from "../policies/targets.ts";
import { servicePods } from "../services/service-pods.ts";
import { unresolved } from "./backends.ts";
import { gatewayProxies } from "./gateways.ts";
import { hosts } from "./hosts.ts";
import { sidecars } from "./sidecars.ts";

type Found = { readonly plan: EnvoyPlan; readonly verdicts: readonly Verdict[] };

export function envoyPlan(plan: Plan, snapshot: Snapshot, attached: Attached): Found {
  const podsOf = servicePods(snapshot);
  const { proxies, verdicts } = gatewayProxies(snapshot, attached);
  return {
    plan: {
      ...plan,
      hosts: hosts(snapshot, podsOf),
      proxies: [...proxies, ...sidecars(snapshot, attached, podsOf)].sort((a, b) => compare(a.pod, b.pod)),
    },
    verdicts: [...verdicts, ...unresolved(snapshot)],
  };
}
