// Finds the targets of accepted policies that have no proxy, because "all of no proxies are programmed" would be meaningless.
import type { PriorityPolicy } from "../../api/priority-policy.ts";
import { enrolledLabel } from "../../core/labels.ts";
import type { Snapshot } from "../../core/snapshot.ts";
import type { Verdict } from "../../core/verdict.ts";
import type { ServingDeployment } from "../gateways/hosts.ts";
import { isKeptOut } from "../namespaces.ts";
import { gatewayOf, isOptedOut } from "../pods.ts";
import { servicePods } from "../services/service-pods.ts";
import { aboutTargets, deploymentsByTarget } from "./about-targets.ts";
import { keyOf, type Target, targetOf } from "./targets.ts";

/** Files mostly contain no pods; without any, nothing is reported. */
export function noProxies(
  snapshot: Snapshot,
  accepted: readonly PriorityPolicy[],
  deployments: readonly ServingDeployment[],
): readonly Verdict[] {
  if (snapshot.ladder.spec.mode === "Disabled") return [];
  const countOf = podCounts(snapshot, deployments);
  const keptOut = new Set(snapshot.namespaces.filter(isKeptOut).map(({ metadata }) => metadata.name));
  return aboutTargets(accepted, (target) => {
    const isOfSidecars = target.kind === "Namespace" || target.kind === "Service";
    if (isOfSidecars && keptOut.has(target.namespace)) return [{ reason: "NoProxies", message: whyKeptOut(target) }];
    if (snapshot.pods.length === 0 || countOf(target) !== 0) return [];
    const own = { Namespace: "has no pod with a sidecar", Service: "selects no pod with a sidecar" };
    const what = own[target.kind as keyof typeof own] ?? "has no pod at its Gateway";
    const message = `${what}, so this policy classifies nothing there; pods that opted out do not count`;
    return [{ reason: "NoProxies", message }];
  });
}

function whyKeptOut({ kind, namespace }: Target): string {
  const what = kind === "Namespace" ? "is" : `is in namespace ${namespace}, which is`;
  return `${what} kept out by the label ${enrolledLabel}, so this policy classifies nothing there; set the label to "true", or remove it`;
}

/** The number of pods with a target's proxies; undefined: not known, or reported elsewhere. */
function podCounts(
  snapshot: Snapshot,
  deployments: readonly ServingDeployment[],
): (target: Target) => number | undefined {
  const left = snapshot.pods.filter((pod) => !isOptedOut(pod));
  const podsOf = servicePods({ pods: left });
  const inNamespaces = new Set(
    left.filter((pod) => gatewayOf(pod) === undefined).map(({ metadata }) => metadata.namespace),
  );
  const services = new Map(snapshot.services.map((service) => [keyOf(targetOf(service)), service]));
  const servedBy = deploymentsByTarget(deployments);
  return (target) => {
    if (target.kind === "Namespace") return inNamespaces.has(target.namespace) ? undefined : 0;
    if (target.kind === "Service") {
      const service = services.get(keyOf(target));
      return service === undefined ? undefined : podsOf(service).length;
    }
    const own = servedBy(target).filter(({ isForeign }) => isForeign !== true);
    return own.length === 0 ? undefined : own.reduce((sum, { pods }) => sum + pods, 0);
  };
}
