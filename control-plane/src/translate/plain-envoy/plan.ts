// Adds to a Plan what a proxy without istiod has to know about Services and pods.
import type { EnvoyPlan, Plan } from "../../core/plan.ts";
import type { Snapshot } from "../../core/snapshot.ts";
import type { Verdict } from "../../core/verdict.ts";
import { compare } from "../order.ts";
import type { Attached } from "../policies/targets.ts";
import type { ServiceQueue } from "../queues/accepted.ts";
import { servicePods } from "../services/service-pods.ts";
import { unresolved } from "./backends.ts";
import { gatewayProxies } from "./gateways.ts";
import { hosts } from "./hosts.ts";
import { sidecars } from "./sidecars.ts";

type Attachments = { readonly attached: Attached; readonly queues: readonly ServiceQueue[] };

type Found = { readonly plan: EnvoyPlan; readonly verdicts: readonly Verdict[] };

export function envoyPlan(plan: Plan, snapshot: Snapshot, { attached, queues }: Attachments): Found {
  const podsOf = servicePods(snapshot);
  const { proxies, verdicts } = gatewayProxies(snapshot, attached);
  return {
    plan: {
      ...plan,
      hosts: hosts(snapshot, podsOf),
      proxies: [...proxies, ...sidecars(snapshot, { attached, queues, podsOf })].sort((a, b) => compare(a.pod, b.pod)),
    },
    verdicts: [...verdicts, ...unresolved(snapshot)],
  };
}
