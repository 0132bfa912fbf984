// Decides which namespaces' sidecars are configured, and how.
import type { Namespace, Service } from "../api/kubernetes.ts";
import type { PriorityPolicy } from "../api/priority-policy.ts";
import type { RequestQueue } from "../api/request-queue.ts";
import { byNamespace } from "../core/by-namespace.ts";
import { dataplaneModeLabel, enrolledLabel, optOutLabel } from "../core/labels.ts";
import type { Classification, Enrolment, WorkloadException } from "../core/plan.ts";
import type { Snapshot } from "../core/snapshot.ts";
import type { Verdict } from "../core/verdict.ts";
import { isOptedOut, selectorKey } from "./pods.ts";
import { sidecarClassification } from "./policies/classification.ts";
import { type Attached, policiesOf, targetOf } from "./policies/targets.ts";
import type { WorkloadQueue } from "./queues/accepted.ts";
import type { Services } from "./services/services.ts";
import { sidecarRouting } from "./services/sidecar-routing.ts";
import type { SubsetClients } from "./services/subset-rules.ts";

/**
 * Names of the namespaces with an accepted policy or queue, or the label, sorted. The label "false" keeps a namespace out. Without a selector, an
 * object in Istio's root namespace applies to the whole mesh, so its sidecars can't be enrolled alone; its gateways can.
 */
export function enrolledNamespaces(
  snapshot: Snapshot,
  objects: readonly (PriorityPolicy | RequestQueue)[],
): readonly string[] {
  if (snapshot.ladder.spec.mode === "Disabled") return [];
  const holders = new Set(objects.map(({ metadata }) => metadata.namespace));
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

/** Any other value than "true" keeps the namespace out, whatever policies it has. */
export function isKeptOut({ metadata }: Namespace): boolean {
  const label = metadata.labels?.[enrolledLabel];
  return label !== undefined && label !== "true";
}

export function isAmbient({ metadata }: Namespace): boolean {
  return metadata.labels?.[dataplaneModeLabel] === "ambient";
}

/** The context for configuring proxies, sidecars and gateways. */
export type ProxyContext = {
  readonly attached: Attached;
  /** Namespaces, sorted. */
  readonly enrolled: readonly string[];
  readonly services: Services;
  readonly queues: readonly WorkloadQueue[];
};

type Found = {
  readonly enrolments: readonly Enrolment[];
  /** The hosts with connections by level that a namespace's sidecars see, by namespace. */
  readonly clients: readonly SubsetClients[];
  readonly verdicts: readonly Verdict[];
};

export function enrolments(snapshot: Snapshot, { attached, enrolled, services, queues }: ProxyContext): Found {
  const servicesOf = byNamespace(snapshot.services);
  const left = byNamespace(snapshot.pods.filter(isOptedOut));
  const routingOf = sidecarRouting(snapshot, services);
  const found = enrolled.map((namespace) => {
    const { routing, hosts, verdicts } = routingOf(namespace);
    const classification = sidecarClassification(attached, namespace, []);
    const optedOut = (left.get(namespace) ?? []).map(({ metadata }) => metadata.name).sort();
    const exceptions = [
      ...withQueues(
        serviceExceptions(servicesOf.get(namespace) ?? [], attached, classification),
        queues.filter((queue) => queue.namespace === namespace),
        classification,
      ),
      ...(optedOut.length > 0 ? [{ selector: { [optOutLabel]: "true" } }] : []),
    ];
    return { enrolment: { namespace, classification, exceptions, routing, optedOut }, hosts, verdicts };
  });
  return {
    enrolments: found.map(({ enrolment }) => enrolment),
    clients: found.map(({ enrolment, hosts }) => ({ namespace: enrolment.namespace, hosts })),
    verdicts: found.flatMap(({ verdicts }) => verdicts),
  };
}

/** The workloads that have a classification of their own, a queue, or both. */
function withQueues(
  exceptions: readonly WorkloadException[],
  queues: readonly WorkloadQueue[],
  rest: Classification,
): readonly WorkloadException[] {
  const own = new Map(queues.map((queue) => [selectorKey(queue.selector), queue]));
  const known = new Set(exceptions.map(({ selector }) => selectorKey(selector)));
  const added = queues
    .filter(({ selector }) => !known.has(selectorKey(selector)))
    .map(({ selector }) => ({ selector, classification: rest }));
  return [...exceptions, ...added].map((exception) => {
    const queue = own.get(selectorKey(exception.selector));
    return queue === undefined ? exception : { ...exception, queue: queue.settings, queueName: queue.name };
  });
}

/** Services with a policy of their own, whose pods have another classification than the rest of the namespace. */
function serviceExceptions(
  services: readonly Service[],
  attached: Attached,
  rest: Classification,
): readonly WorkloadException[] {
  const byName = services.toSorted((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1));
  const found = byName.flatMap((service): WorkloadException[] => {
    const { name, namespace } = service.metadata;
    if (policiesOf(attached, targetOf(service)).length === 0) return [];
    const classification = sidecarClassification(attached, namespace, [name]);
    const isSame = JSON.stringify(classification) === JSON.stringify(rest);
    if (isSame || Object.keys(service.spec.selector).length === 0) return [];
    return [{ selector: service.spec.selector, classification }];
  });
  // For Services with the same selector only one policy is accepted, so they have the same classification.
  return [...new Map(found.map((exception) => [selectorKey(exception.selector), exception])).values()];
}

/** Those of all sidecars of the namespace. */
export function classificationsOf({ classification, exceptions }: Enrolment): readonly Classification[] {
  return [classification, ...exceptions.flatMap((exception) => exception.classification ?? [])];
}
