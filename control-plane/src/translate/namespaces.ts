// In: namespaces, policies and what a namespace's proxies see. Out: the namespaces whose sidecars we configure, and why others are left alone.
import type { Namespace, Service } from "../api/kubernetes.ts";
import type { PriorityPolicy } from "../api/priority-policy.ts";
import type { Classification, Enrolment, Routing, WorkloadException } from "../core/plan.ts";
import type { Snapshot } from "../core/snapshot.ts";
import type { Verdict } from "../core/verdict.ts";
import { isOptedOut, selectorKey } from "./pods.ts";
import { sidecarClassification } from "./policies/classification.ts";
import { type Attached, policiesOf } from "./policies/targets.ts";

export const enrolledLabel = "expedite.dev/enrolled";
export const optOutLabel = "expedite.dev/opt-out";

/**
 * Names of the namespaces that hold an accepted policy or the label, sorted. The label "false" keeps one out. What is written into
 * Istio's root namespace without a selector is for the whole mesh, so its sidecars can't be enrolled alone; its gateways can.
 */
export function enrolledNamespaces(snapshot: Snapshot, policies: readonly PriorityPolicy[]): readonly string[] {
  if (snapshot.ladder.spec.mode === "Disabled") return [];
  const holders = new Set(policies.map(({ metadata }) => metadata.namespace));
  return snapshot.namespaces
    .filter((namespace) => !isAmbient(namespace) && isWanted(namespace, holders))
    .map(({ metadata }) => metadata.name)
    .filter((name) => name !== snapshot.mesh.rootNamespace)
    .sort();
}

function isWanted({ metadata }: Namespace, holders: ReadonlySet<string>): boolean {
  const label = metadata.labels?.[enrolledLabel];
  return label === undefined ? holders.has(metadata.name) : label === "true";
}

function isAmbient({ metadata }: Namespace): boolean {
  return metadata.labels?.["istio.io/dataplane-mode"] === "ambient";
}

/** EnvoyFilters have no effect on ztunnel and waypoints. */
export function ambientNamespaces(snapshot: Snapshot, policies: readonly PriorityPolicy[]): Verdict[] {
  const ambient = new Set(snapshot.namespaces.filter(isAmbient).map(({ metadata }) => metadata.name));
  return policies
    .filter(({ metadata }) => ambient.has(metadata.namespace))
    .map(({ metadata: { name, namespace } }) => ({
      on: { kind: "PriorityPolicy", namespace, name },
      reason: "UnsupportedDataPlane",
      field: ["metadata", "namespace"],
      message: "is in ambient mode, where nothing of ours has an effect; allowed: namespaces with sidecars",
    }));
}

/** Of policies that would classify at them. */
export function sidecarsOfTheRoot({ mesh }: Snapshot, policies: readonly PriorityPolicy[]): Verdict[] {
  return policies
    .filter(
      ({ metadata, spec }) =>
        metadata.namespace === mesh.rootNamespace &&
        (spec.targetRefs === undefined || spec.targetRefs.some(({ kind }) => kind === "Service")),
    )
    .map(({ metadata: { name, namespace } }) => ({
      on: { kind: "PriorityPolicy", namespace, name },
      reason: "UnsupportedDataPlane",
      field: ["metadata", "namespace"],
      message:
        "is Istio's root namespace, whose configuration is for the whole mesh: its sidecars are left alone; allowed here: targetRefs to Gateways",
    }));
}

export function enrolments(
  snapshot: Snapshot,
  attached: Attached,
  enrolled: readonly string[],
  routing: (namespace: string) => Routing,
): readonly Enrolment[] {
  const services = Map.groupBy(snapshot.services, ({ metadata }) => metadata.namespace);
  const left = Map.groupBy(snapshot.pods.filter(isOptedOut), ({ metadata }) => metadata.namespace);
  return enrolled.map((namespace) => {
    const classification = sidecarClassification(attached, namespace, []);
    const optedOut = (left.get(namespace) ?? []).map(({ metadata }) => metadata.name).sort();
    return {
      namespace,
      classification,
      exceptions: [
        ...serviceExceptions(services.get(namespace) ?? [], attached, namespace, classification),
        ...(optedOut.length > 0 ? [{ selector: { [optOutLabel]: "true" } }] : []),
      ],
      routing: routing(namespace),
      optedOut,
    };
  });
}

/** Services with a policy of their own, whose pods classify otherwise than the rest of the namespace. */
function serviceExceptions(
  services: readonly Service[],
  attached: Attached,
  namespace: string,
  rest: Classification,
): WorkloadException[] {
  const byName = services.toSorted((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1));
  const found = byName.flatMap((service): WorkloadException[] => {
    const { name } = service.metadata;
    if (policiesOf(attached, { group: "", kind: "Service", namespace, name }).length === 0) return [];
    const classification = sidecarClassification(attached, namespace, [name]);
    const isSame = JSON.stringify(classification) === JSON.stringify(rest);
    if (isSame || Object.keys(service.spec.selector).length === 0) return [];
    return [{ selector: service.spec.selector, classification }];
  });
  // Of Services with one selector: only one policy is accepted for them, so they say the same.
  return [...new Map(found.map((exception) => [selectorKey(exception.selector), exception])).values()];
}
