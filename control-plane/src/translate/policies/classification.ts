// Merges the policies of a sidecar's Services and namespace into the one classification that the sidecar applies.
import type { PriorityPolicy } from "../../api/priority-policy.ts";
import type { Classification, Rule } from "../../core/plan.ts";
import { type Attached, namespaceTarget, policiesOf } from "./targets.ts";

/**
 * For a sidecar: policies of the Services that select its pod, then that of the namespace; an omitted field falls through to the next
 * policy.
 */
export function sidecarClassification(
  attached: Attached,
  namespace: string,
  services: readonly string[],
): Classification {
  const chain = [
    ...services.flatMap((name) => policiesOf(attached, { group: "", kind: "Service", namespace, name })),
    ...policiesOf(attached, namespaceTarget(namespace)),
  ];
  return { trust: firstOf(chain, "trust") ?? "Mesh", ...merged(chain) };
}

/** For each field, the first policy that sets it. */
export function merged(chain: readonly PriorityPolicy[]): Omit<Classification, "trust"> {
  const ruling = chain.find(({ spec }) => spec.rules !== undefined);
  const rules = ruling === undefined ? [] : rulesOf(ruling, ruling.spec.rules ?? []);
  const defaultLevel = firstOf(chain, "defaultLevel");
  return { rules, ...(defaultLevel === undefined ? {} : { defaultLevel }) };
}

export function rulesOf({ metadata }: PriorityPolicy, rules: readonly Omit<Rule, "policy">[]): Rule[] {
  return rules.map((rule) => ({ ...rule, policy: `${metadata.namespace}/${metadata.name}` }));
}

export function firstOf<K extends "defaultLevel" | "trust">(
  chain: readonly PriorityPolicy[],
  field: K,
): PriorityPolicy["spec"][K] | undefined {
  return chain.find((policy) => policy.spec[field] !== undefined)?.spec[field];
}
