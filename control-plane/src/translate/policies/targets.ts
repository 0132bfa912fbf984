// Determines what policies are attached to, and which policies a target has.
import type { PriorityPolicy } from "../../api/priority-policy.ts";

export const gatewayGroup = "gateway.networking.k8s.io";
export const istioGroup = "networking.istio.io";

/** `group` is "" for a Service, and for a namespace, which means all of its workloads. */
export type Target = {
  readonly group: string;
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
};

/** Policies by their targets, each list in the order of the policies. */
export type Attached = ReadonlyMap<string, readonly PriorityPolicy[]>;

export function targetsOf({ metadata: { namespace }, spec }: PriorityPolicy): readonly Target[] {
  if (spec.targetRefs === undefined) return [namespaceTarget(namespace)];
  return spec.targetRefs.map(({ group, kind, name }) => ({ group, kind, namespace, name }));
}

/** An object that a policy may target. */
export function targetOf({
  apiVersion,
  kind,
  metadata: { namespace, name },
}: {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly namespace: string; readonly name: string };
}): Target {
  const slash = apiVersion.lastIndexOf("/");
  return { group: slash < 0 ? "" : apiVersion.slice(0, slash), kind, namespace, name };
}

export function namespaceTarget(namespace: string): Target {
  return { group: "", kind: "Namespace", namespace, name: namespace };
}

export function attach(policies: readonly PriorityPolicy[]): Attached {
  const attached = new Map<string, PriorityPolicy[]>();
  for (const policy of policies)
    for (const key of new Set(targetsOf(policy).map(keyOf))) {
      const there = attached.get(key);
      if (there === undefined) attached.set(key, [policy]);
      else there.push(policy);
    }
  return attached;
}

export function policiesOf(attached: Attached, target: Target): readonly PriorityPolicy[] {
  return attached.get(keyOf(target)) ?? [];
}

export function keyOf({ group, kind, namespace, name }: Target): string {
  return `${group}/${kind} ${namespace}/${name}`;
}
