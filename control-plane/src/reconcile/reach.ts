// In: gateways with their rules. Out: of each policy the namespaces besides its own in which proxies have a rule of it. Pure.
import type { GatewayWorkload } from "../core/plan.ts";

/** By namespace/name of the policy. */
export type Reach = ReadonlyMap<string, ReadonlySet<string>>;

export function reachOf(gateways: readonly GatewayWorkload[]): Reach {
  const found = new Map<string, Set<string>>();
  for (const { namespace, classification } of gateways)
    for (const { policy } of classification.rules)
      if (policy !== "") found.set(policy, (found.get(policy) ?? new Set()).add(namespace));
  return found;
}
