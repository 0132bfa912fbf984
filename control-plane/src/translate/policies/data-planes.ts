// Finds accepted policies whose proxies cannot be configured: ambient ones, sidecars in the root namespace, gateways of other controllers.
import type { PriorityPolicy } from "../../api/priority-policy.ts";
import type { Snapshot } from "../../core/snapshot.ts";
import type { Verdict } from "../../core/verdict.ts";
import { finding, verdictOn } from "../finding.ts";
import { isOfGatewayApi } from "../gateways/candidates.ts";
import { whyForeign } from "../gateways/classes.ts";
import type { ServingDeployment } from "../gateways/hosts.ts";
import { isAmbient } from "../namespaces.ts";
import { aboutTargets, deploymentsByTarget } from "./about-targets.ts";

/** EnvoyFilters have no effect on ztunnel and waypoints; a gateway in an ambient namespace is an Envoy like any other. */
export function ambientNamespaces(snapshot: Snapshot, policies: readonly PriorityPolicy[]): readonly Verdict[] {
  const ambient = new Set(snapshot.namespaces.filter(isAmbient).map(({ metadata }) => metadata.name));
  const message = "is in ambient mode, where EnvoyFilters have no effect; use a namespace with sidecars";
  return policies
    .filter((policy) => ambient.has(policy.metadata.namespace) && isForSidecars(policy))
    .map((policy) => verdictOn(policy, finding("UnsupportedDataPlane", ["metadata", "namespace"], message)));
}

export function sidecarsOfTheRoot({ mesh }: Snapshot, policies: readonly PriorityPolicy[]): readonly Verdict[] {
  const message =
    "is Istio's root namespace, where configuration without a selector is for the whole mesh, so its sidecars are left alone; target Gateways only";
  return policies
    .filter((policy) => policy.metadata.namespace === mesh.rootNamespace && isForSidecars(policy))
    .map((policy) => verdictOn(policy, finding("UnsupportedDataPlane", ["metadata", "namespace"], message)));
}

function isForSidecars({ spec: { targetRefs } }: PriorityPolicy): boolean {
  return targetRefs === undefined || targetRefs.some(({ kind }) => kind === "Service");
}

/** Gateways that another controller than Istio's runs, or an unknown one. */
export function otherControllers(
  snapshot: Snapshot,
  accepted: readonly PriorityPolicy[],
  deployments: readonly ServingDeployment[],
): readonly Verdict[] {
  const servedBy = deploymentsByTarget(deployments);
  return aboutTargets(accepted, (target) => {
    const own = servedBy(target);
    const gateway = own[0]?.gateways[0]?.object;
    if (gateway === undefined || !isOfGatewayApi(gateway) || own.some(({ isForeign }) => isForeign !== true)) return [];
    const why = whyForeign(snapshot, gateway);
    const { namespace, name } = gateway.metadata;
    const message = target.kind === "Gateway" ? why : `is attached to Gateway ${namespace}/${name}, which ${why}`;
    return [{ reason: "UnsupportedDataPlane", message }];
  });
}
