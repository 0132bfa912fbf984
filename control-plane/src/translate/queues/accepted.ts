// Decides which RequestQueues are in force, oldest first, and reports why the others are refused.
import type { Service } from "../../api/kubernetes.ts";
import type { RequestQueue } from "../../api/request-queue.ts";
import type { QueueSettings } from "../../core/plan.ts";
import type { Snapshot } from "../../core/snapshot.ts";
import type { Verdict } from "../../core/verdict.ts";
import { type Finding, finding, verdictOn } from "../finding.ts";
import { byAge } from "../order.ts";
import { isOptedOut, selectorKey } from "../pods.ts";
import { type Attached, policiesOf, targetOf } from "../policies/targets.ts";
import { type PodsOf, servicePods } from "../services/service-pods.ts";
import { queueSettings } from "./settings.ts";

/** The pods of a Service that have a queue. */
export type ServiceQueue = {
  /** The name of the RequestQueue. */
  readonly name: string;
  readonly namespace: string;
  readonly service: string;
  readonly selector: Readonly<Record<string, string>>;
  readonly settings: QueueSettings;
};

export type Queues = {
  readonly accepted: readonly RequestQueue[];
  /** One for each selector, oldest first; none unless the ladder's mode is Enforce. */
  readonly services: readonly ServiceQueue[];
  readonly verdicts: readonly Verdict[];
};

/** @param attached the accepted policies by target: a sidecar has one filter for its classification and its queue */
export function acceptedQueues(snapshot: Snapshot, attached: Attached): Queues {
  const { ladder } = snapshot;
  const accepted: RequestQueue[] = [];
  const services: ServiceQueue[] = [];
  const verdicts: Verdict[] = [];
  const podsOf = servicePods(snapshot);
  const overlap = overlaps(snapshot, { attached, podsOf });
  const known = new Set<string>();
  for (const queue of snapshot.queues.toSorted(byAge)) {
    const { namespace, name } = queue.metadata;
    const targets = queue.spec.targetRefs.map((ref) =>
      snapshot.services.find(({ metadata }) => metadata.name === ref.name && metadata.namespace === namespace),
    );
    const findings = [
      ...levelFindings(queue, snapshot),
      ...targets.flatMap((service, index) => targetFindings(queue, { service, index, services, overlap })),
    ];
    verdicts.push(...findings.map((found) => verdictOn(queue, found)));
    if (findings.length > 0) continue;
    accepted.push(queue);
    const settings = queueSettings(queue, ladder);
    for (const service of targets) {
      if (service === undefined) continue;
      const { selector } = service.spec;
      const key = `${namespace} ${selectorKey(selector)}`;
      if (known.has(key)) continue;
      known.add(key);
      services.push({ name, namespace, service: service.metadata.name, selector, settings });
    }
    verdicts.push(
      ...notApplied(queue, snapshot),
      ...targets.flatMap((service, index) => noPods(queue, { service, index, podsOf, snapshot })),
    );
  }
  return { accepted, services: ladder.spec.mode === "Enforce" ? services : [], verdicts };
}

function levelFindings({ spec }: RequestQueue, { ladder }: Snapshot): Finding[] {
  const names = ladder.spec.levels.map(({ name }) => name);
  return (spec.levels ?? []).flatMap(({ name }, index) =>
    names.includes(name)
      ? []
      : [
          finding(
            "Invalid",
            ["spec", "levels", index, "name"],
            `is not a level of PriorityLadder ${ladder.metadata.name}; allowed: ${names.join(", ")}`,
          ),
        ],
  );
}

type Overlap = {
  /** Whether a pod is selected by both Services. */
  readonly shared: (one: Service, other: Service) => boolean;
  /** Services of a namespace with policies of their own. */
  readonly classified: (namespace: string) => readonly Service[];
  readonly serviceOf: (queue: ServiceQueue) => Service | undefined;
};

function overlaps(
  { services }: Snapshot,
  { attached, podsOf }: { readonly attached: Attached; readonly podsOf: PodsOf },
): Overlap {
  return {
    shared: (one, other) => {
      if (selectorKey(one.spec.selector) === selectorKey(other.spec.selector)) return true;
      const there = new Set(podsOf(other));
      return podsOf(one).some((pod) => there.has(pod));
    },
    classified: (namespace) =>
      services.filter(
        (service) => service.metadata.namespace === namespace && policiesOf(attached, targetOf(service)).length > 0,
      ),
    serviceOf: ({ namespace, service }) =>
      services.find(({ metadata }) => metadata.name === service && metadata.namespace === namespace),
  };
}

type Target = { readonly service: Service | undefined; readonly index: number };

function targetFindings(
  { metadata: { namespace }, spec }: RequestQueue,
  {
    service,
    index,
    services,
    overlap,
  }: Target & { readonly services: readonly ServiceQueue[]; readonly overlap: Overlap },
): Finding[] {
  const field = ["spec", "targetRefs", index, "name"];
  const { name = "" } = spec.targetRefs[index] ?? {};
  if (service === undefined)
    return [
      finding("TargetNotFound", field, `is no Service of namespace ${namespace}; create it, or correct the name`),
    ];
  if (Object.keys(service.spec.selector).length === 0)
    return [
      finding("UnsupportedTarget", field, "has no selector, so no sidecar belongs to it; target another Service"),
    ];
  const older = services.find((queue) => {
    const other = queue.namespace === namespace ? overlap.serviceOf(queue) : undefined;
    return other !== undefined && overlap.shared(service, other);
  });
  if (older !== undefined)
    return [
      finding(
        "Conflicted",
        field,
        `selects pods that an older RequestQueue has through Service ${older.service} already, and a pod has one queue; merge the two`,
      ),
    ];
  const classified = overlap
    .classified(namespace)
    .find(
      (other) =>
        selectorKey(other.spec.selector) !== selectorKey(service.spec.selector) && overlap.shared(service, other),
    );
  return classified === undefined
    ? []
    : [
        finding(
          "Conflicted",
          field,
          `selects pods that Service ${classified.metadata.name} classifies with a PriorityPolicy of its own, and a sidecar has one filter; let both target ${name} or ${classified.metadata.name}`,
        ),
      ];
}

function notApplied(queue: RequestQueue, { ladder: { spec } }: Snapshot): readonly Verdict[] {
  // In mode Disabled, the condition Programmed says so of every object.
  if (spec.mode !== "Observe") return [];
  const message =
    "is not applied: the PriorityLadder's mode is Observe, so nothing of a request changes; set it to Enforce";
  return [verdictOn(queue, finding("QueueNotApplied", ["spec"], message))];
}

/** Files mostly contain no pods; without any, nothing is reported. */
function noPods(
  queue: RequestQueue,
  { service, index, podsOf, snapshot }: Target & { readonly podsOf: PodsOf; readonly snapshot: Snapshot },
): readonly Verdict[] {
  if (service === undefined || snapshot.pods.length === 0) return [];
  const pods = podsOf(service).filter((pod) => !isOptedOut(pod));
  if (pods.length > 0) return [];
  const message = "selects no pod with a sidecar, so no request waits; pods that opted out do not count";
  return [verdictOn(queue, finding("NoProxies", ["spec", "targetRefs", index, "name"], message))];
}
