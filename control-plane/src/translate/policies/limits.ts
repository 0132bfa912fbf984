// Reports what accepted policies do not do as written, although they are in force.
import type { PriorityPolicy } from "../../api/priority-policy.ts";
import type { Snapshot } from "../../core/snapshot.ts";
import type { Verdict } from "../../core/verdict.ts";
import type { ServingDeployment } from "../gateways/hosts.ts";
import { backendsNotFound } from "./backends.ts";
import { ambientNamespaces, otherControllers, sidecarsOfTheRoot } from "./data-planes.ts";
import { noProxies } from "./no-proxies.ts";

type PolicyLimits = {
  readonly everywhere: readonly Verdict[];
  /** Only in a mesh, because a plain Envoy has its own Gateways, and refuses a route that leads nowhere. */
  readonly inMesh: readonly Verdict[];
};

export function policyLimits(
  snapshot: Snapshot,
  accepted: readonly PriorityPolicy[],
  deployments: readonly ServingDeployment[],
): PolicyLimits {
  return {
    everywhere: [
      ...ambientNamespaces(snapshot, accepted),
      ...sidecarsOfTheRoot(snapshot, accepted),
      ...noProxies(snapshot, accepted, deployments),
    ],
    inMesh: [
      ...otherControllers(snapshot, accepted, deployments),
      ...backendsNotFound(snapshot, accepted, deployments),
    ],
  };
}
