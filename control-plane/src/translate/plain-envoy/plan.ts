// Adds to a Plan what a proxy without istiod has to know about Services and pods.
import type { EnvoyPlan, Plan } from "../../core/plan.ts";
import type { Snapshot } from "../../core/snapshot.ts";
import type { Verdict } from "../../core/verdict.ts";
import { writesDefault } from "../default-level.ts";
import { compare } from "../order.ts";
import type { Attached } from "../policies/targets.ts";
import type { WorkloadQueue } from "../queues/accepted.ts";
import { servicePods } from "../services/service-pods.ts";
import { unresolved } from "./backends.ts";
import { gatewayProxies } from "./gateways.ts";
import { hosts } from "./hosts.ts";
import { sidecars } from "./sidecars.ts";

type Attachments = { readonly attached: Attached; readonly queues: readonly WorkloadQueue[] };

type Found = { readonly plan: EnvoyPlan; readonly verdicts: readonly Verdict[] };

export function envoyPlan(plan: Plan, snapshot: Snapshot, { attached, queues }: Attachments): Found {
  const podsOf = servicePods(snapshot);
  const { proxies, verdicts } = gatewayProxies(snapshot, attached);
  const served = sidecars(snapshot, { attached, queues, podsOf });
  return {
    plan: {
      ...plan,
      // Without istiod, every pod that did not opt out has a proxy, whether its namespace is enrolled or not.
      writeDefault:
        plan.writeDefault ||
        writesDefault(
          snapshot.ladder,
          [...proxies, ...served].map(({ classification }) => classification),
        ),
      hosts: hosts(snapshot, podsOf),
      proxies: [...proxies, ...served].sort((a, b) => compare(a.pod, b.pod)),
    },
    verdicts: [...verdicts, ...unresolved(snapshot)],
  };
}
