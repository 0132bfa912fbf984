// Resolves the targets of a RequestQueue to selectors of pods, and reports what cannot be one.
import type { RequestQueue } from "../../api/request-queue.ts";
import type { Snapshot } from "../../core/snapshot.ts";
import { type Finding, finding } from "../finding.ts";
import type { Selecting } from "../services/service-pods.ts";

export type QueueTarget = Selecting & {
  readonly kind: string;
  readonly metadata: { readonly namespace: string; readonly name: string };
};

/** The targetRef with its place in the spec. */
export type ResolvedTarget = { readonly target: QueueTarget; readonly field: Finding["field"] };

type Resolved = { readonly targets: readonly ResolvedTarget[]; readonly findings: readonly Finding[] };

export function resolvedTargets({ metadata: { namespace }, spec }: RequestQueue, snapshot: Snapshot): Resolved {
  const targets: ResolvedTarget[] = [];
  const findings: Finding[] = [];
  for (const [index, { kind, name }] of spec.targetRefs.entries()) {
    const field = ["spec", "targetRefs", index, "name"];
    const found =
      kind === "Service"
        ? serviceTarget(snapshot, namespace, name)
        : workloadTarget(snapshot, { kind, namespace, name });
    if (found === undefined)
      findings.push(
        finding("TargetNotFound", field, `is no ${kind} of namespace ${namespace}; create it, or correct the name`),
      );
    else if (typeof found === "string") findings.push(finding("UnsupportedTarget", field, found));
    else targets.push({ target: found, field });
  }
  return { targets, findings };
}

/** A text says why it has no pods that could be configured. */
function serviceTarget({ services }: Snapshot, namespace: string, name: string): QueueTarget | string | undefined {
  const service = services.find(({ metadata }) => metadata.name === name && metadata.namespace === namespace);
  if (service === undefined || Object.keys(service.spec.selector).length > 0) return service;
  return "has no selector, so no sidecar belongs to it; target another Service";
}

type Ref = { readonly kind: string; readonly namespace: string; readonly name: string };

/** An EnvoyFilter selects by labels alone. */
function workloadTarget({ workloads = [] }: Snapshot, ref: Ref): QueueTarget | string | undefined {
  const { kind, namespace, name } = ref;
  const found = workloads.find(
    (one) => one.kind === kind && one.metadata.name === name && one.metadata.namespace === namespace,
  );
  if (found === undefined) return undefined;
  const { matchLabels, matchExpressions } = found.spec.selector;
  if (matchExpressions.length > 0 || Object.keys(matchLabels).length === 0)
    return "does not select its pods by matchLabels alone, and sidecars are configured by labels; target its Service";
  return { kind, metadata: { namespace, name }, spec: { selector: matchLabels } };
}

/** Without those whose pods are all another one's too, so that no pod is configured twice. */
export function distinctTargets(targets: readonly ResolvedTarget[]): readonly ResolvedTarget[] {
  return targets.filter(({ target }, index) =>
    targets.every(
      ({ target: other }, at) => at === index || !covers(other, target) || (covers(target, other) && index < at),
    ),
  );
}

/** Whether every pod that `target` selects is one of `other`'s. */
function covers(other: QueueTarget, { spec: { selector } }: QueueTarget): boolean {
  return Object.entries(other.spec.selector).every(([key, value]) => selector[key] === value);
}
