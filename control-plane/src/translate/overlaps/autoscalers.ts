// A queue keeps the CPU of its pods below the target of a HorizontalPodAutoscaler: load waits, and no pod is added.
import type { Autoscaler } from "../../api/kubernetes.ts";
import type { Snapshot } from "../../core/snapshot.ts";
import type { Verdict } from "../../core/verdict.ts";
import type { WorkloadQueue } from "../queues/accepted.ts";
import { areSamePods, queueOverlap } from "./queue-overlap.ts";

export function scaledOnCpu(
  { autoscalers = [], workloads = [] }: Pick<Snapshot, "autoscalers" | "workloads">,
  queues: readonly WorkloadQueue[],
): readonly Verdict[] {
  const named = new Map(workloads.map(({ kind, metadata, spec }) => [idOf(kind, metadata), spec.selector.matchLabels]));
  return autoscalers.filter(isByCpu).flatMap(({ metadata: { namespace, name }, spec: { scaleTargetRef } }) => {
    const { kind, name: scaled } = scaleTargetRef;
    const matchLabels = named.get(idOf(kind, { namespace, name: scaled }));
    if (matchLabels === undefined) return [];
    return queues
      .filter((queue) => queue.namespace === namespace && areSamePods(queue.selector, matchLabels))
      .map((queue) =>
        queueOverlap(
          queue,
          "concurrencyLimit",
          `holds load back that HorizontalPodAutoscaler ${namespace}/${name} would see as CPU of ${kind} ${scaled}: requests wait and no pod is added; scale on expedite_queue_length as well`,
        ),
      );
  });
}

function idOf(kind: string, { namespace, name }: { readonly namespace: string; readonly name: string }): string {
  return `${kind} ${namespace}/${name}`;
}

function isByCpu({ spec: { metrics } }: Autoscaler): boolean {
  if (metrics.length === 0) return true;
  const others = metrics.filter(({ type }) => !["Resource", "ContainerResource"].includes(type));
  // With a metric of another kind as well, the larger number of pods counts.
  return (
    others.length === 0 &&
    metrics.some(({ resource, containerResource }) => (resource ?? containerResource)?.name === "cpu")
  );
}
