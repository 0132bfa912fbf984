// Makes the finding of a loop that works against a RequestQueue, and tells whose pods have the queue.
import type { Snapshot } from "../../core/snapshot.ts";
import type { ObjectRef, Verdict } from "../../core/verdict.ts";
import { finding } from "../finding.ts";
import type { WorkloadQueue } from "../queues/accepted.ts";
import { hostName } from "../services/visibility.ts";

type Labels = Readonly<Record<string, string>>;

/** `field`: of the queue's spec. */
export function queueOverlap({ namespace, name }: WorkloadQueue, field: string, message: string): Verdict {
  const on: ObjectRef = { kind: "RequestQueue", namespace, name };
  return { on, ...finding("LoopsOverlap", ["spec", field], message) };
}

/** Of the Services of its namespace whose pods have the queue. */
export function hostsOf(
  { namespace, selector }: WorkloadQueue,
  services: Snapshot["services"],
  mesh: Snapshot["mesh"],
): readonly string[] {
  return services
    .filter(({ spec }) => areSamePods(spec.selector, selector))
    .map(({ metadata }) => hostName(namespace, metadata.name, mesh));
}

/** Whether all pods of one selector are pods of the other, as far as the labels say. An empty selector selects none. */
export function areSamePods(one: Labels, other: Labels): boolean {
  return isWithin(one, other) || isWithin(other, one);
}

function isWithin(inner: Labels, outer: Labels): boolean {
  const wanted = Object.entries(outer);
  return wanted.length > 0 && wanted.every(([key, value]) => inner[key] === value);
}
