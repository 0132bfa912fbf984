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
import { distinctTargets, type QueueTarget, type ResolvedTarget, resolvedTargets } from "./targets.ts";

/** Pods that have a queue. */
export type WorkloadQueue = {
  /** The name of the RequestQueue. */
  readonly name: string;
  readonly namespace: string;
  readonly target: QueueTarget;
  readonly selector: Readonly<Record<string, string>>;
  readonly settings: QueueSettings;
};

export type Queues = {
  readonly accepted: readonly RequestQueue[];
  /** One for each selector, oldest first; none unless the ladder's mode is Enforce. */
  readonly workloads: readonly WorkloadQueue[];
  readonly verdicts: readonly Verdict[];
};

/** @param attached the accepted policies by target: a sidecar has one filter for its classification and its queue */
export function acceptedQueues(snapshot: Snapshot, attached: Attached): Queues {
  const { ladder } = snapshot;
  const accepted: RequestQueue[] = [];
  const workloads: WorkloadQueue[] = [];
  const verdicts: Verdict[] = [];
  const overlap = overlaps(snapshot, attached);
  for (const queue of snapshot.queues.toSorted(byAge)) {
    const { namespace, name } = queue.metadata;
    const { targets, findings: unresolved } = resolvedTargets(queue, snapshot);
    const distinct = distinctTargets(targets);
    const findings = [
      ...levelFindings(queue, snapshot),
      ...unresolved,
      ...distinct.flatMap((target, index) =>
        conflicts(target, { workloads, overlap, before: distinct.slice(0, index) }),
      ),
    ];
    verdicts.push(...findings.map((found) => verdictOn(queue, found)));
    if (findings.length > 0) continue;
    accepted.push(queue);
    const settings = queueSettings(queue, ladder);
    for (const { target } of distinct)
      workloads.push({ name, namespace, target, selector: target.spec.selector, settings });
    verdicts.push(...notApplied(queue, snapshot), ...targets.flatMap((target) => noPods(queue, target, overlap)));
  }
  return { accepted, workloads: ladder.spec.mode === "Enforce" ? workloads : [], verdicts };
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
  /** Whether a pod is selected by both. */
  readonly shared: (one: QueueTarget, other: QueueTarget) => boolean;
  /** Services of a namespace with policies of their own. */
  readonly classified: (namespace: string) => readonly Service[];
  /** Undefined: files mostly contain no pods, and nothing is known without any. */
  readonly podsOf?: PodsOf;
};

function overlaps(snapshot: Snapshot, attached: Attached): Overlap {
  const podsOf = servicePods(snapshot);
  return {
    shared: (one, other) => {
      if (one.metadata.namespace !== other.metadata.namespace) return false;
      if (selectorKey(one.spec.selector) === selectorKey(other.spec.selector)) return true;
      const there = new Set(podsOf(other));
      return podsOf(one).some((pod) => there.has(pod));
    },
    classified: (namespace) =>
      snapshot.services.filter(
        (service) => service.metadata.namespace === namespace && policiesOf(attached, targetOf(service)).length > 0,
      ),
    ...(snapshot.pods.length === 0 ? {} : { podsOf }),
  };
}

type Others = {
  /** Those of older queues. */
  readonly workloads: readonly WorkloadQueue[];
  /** Earlier targets of the same queue. */
  readonly before: readonly ResolvedTarget[];
  readonly overlap: Overlap;
};

/** A pod has one queue, and its sidecar one filter. */
function conflicts({ target, field }: ResolvedTarget, { workloads, before, overlap }: Others): Finding[] {
  const older = workloads.find((queue) => overlap.shared(target, queue.target));
  if (older !== undefined)
    return [
      finding(
        "Conflicted",
        field,
        `selects pods that the older RequestQueue ${older.name} has through ${named(older.target)} already, and a pod has one queue; merge the two`,
      ),
    ];
  const twice = before.find((other) => overlap.shared(target, other.target));
  if (twice !== undefined)
    return [
      finding(
        "Conflicted",
        field,
        `selects pods that ${named(twice.target)} selects too, by other labels; name one of them`,
      ),
    ];
  const classified = overlap
    .classified(target.metadata.namespace)
    .find(
      (other) =>
        selectorKey(other.spec.selector) !== selectorKey(target.spec.selector) && overlap.shared(target, other),
    );
  if (classified === undefined) return [];
  const { name } = classified.metadata;
  const remedy =
    target.kind === "Service"
      ? `let both target ${target.metadata.name} or ${name}`
      : `let the queue target Service ${name}`;
  return [
    finding(
      "Conflicted",
      field,
      `selects pods that Service ${name} classifies with a PriorityPolicy of its own, and a sidecar has one filter; ${remedy}`,
    ),
  ];
}

const named = ({ kind, metadata: { name } }: QueueTarget): string => `${kind} ${name}`;

function notApplied(queue: RequestQueue, { ladder: { spec } }: Snapshot): readonly Verdict[] {
  // In mode Disabled, the condition Programmed says so of every object.
  if (spec.mode !== "Observe") return [];
  const message =
    "is not applied: the PriorityLadder's mode is Observe, so nothing of a request changes; set it to Enforce";
  return [verdictOn(queue, finding("QueueNotApplied", ["spec"], message))];
}

function noPods(queue: RequestQueue, { target, field }: ResolvedTarget, { podsOf }: Overlap): readonly Verdict[] {
  if (podsOf === undefined || podsOf(target).some((pod) => !isOptedOut(pod))) return [];
  const message = "selects no pod with a sidecar, so no request waits; pods that opted out do not count";
  return [verdictOn(queue, finding("NoProxies", field, message))];
}
