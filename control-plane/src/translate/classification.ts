// In: accepted policies and what a proxy stands for. Out: the one classification that the proxy applies.
import type { MeshGateway, MeshRoute } from "../api/mesh-gateway.ts";
import type { PriorityPolicy } from "../api/priority-policy.ts";
import type { Classification, Rule } from "../core/plan.ts";
import { targets } from "./accepted-policies.ts";
import { isForHost } from "./host-match.ts";
import { routeDomains } from "./route-domains.ts";

/** A sidecar: policies of the Services that select its pod, then that of the namespace; a field left out falls to the next. */
export function sidecarClassification(
  policies: readonly PriorityPolicy[],
  namespace: string,
  services: readonly string[],
): Classification {
  const chain = [
    ...services.flatMap((name) => policiesOf(policies, namespace, "Service", name)),
    ...policiesOf(policies, namespace, "Namespace", namespace),
  ];
  return merged(chain, firstOf(chain, "trust") ?? "Mesh");
}

/**
 * A gateway: rules of the routes' policies for their hosts, then those of the Gateway's policy, then of its namespace's.
 * Only a policy that targets the Gateway itself can make it believe a header from outside.
 */
export function gatewayClassification(
  policies: readonly PriorityPolicy[],
  gateway: MeshGateway,
  routes: readonly MeshRoute[],
): Classification {
  const { name, namespace } = gateway.metadata;
  const own = policiesOf(policies, namespace, "Gateway", name);
  const chain = [...own, ...policiesOf(policies, namespace, "Namespace", namespace)];
  const rest = merged(chain, firstOf(own, "trust") ?? "Never");
  return { ...rest, rules: [...routes.flatMap((route) => routeRules(policies, gateway, route)), ...rest.rules] };
}

function routeRules(policies: readonly PriorityPolicy[], gateway: MeshGateway, route: MeshRoute): Rule[] {
  const { name, namespace } = route.metadata;
  return policiesOf(policies, namespace, "HTTPRoute", name).flatMap((policy) => {
    const { rules = [], defaultLevel } = policy.spec;
    const own = rulesOf(policy, rules);
    const rest =
      defaultLevel === undefined ? [] : rulesOf(policy, [{ name: "default", match: {}, level: defaultLevel }]);
    return routeDomains(route, [gateway]).flatMap((host) => [...own, ...rest].flatMap((rule) => forHost(rule, host)));
  });
}

/** None where the rule is for another host. */
function forHost(rule: Rule, host: string): Rule[] {
  if (host === "*") return [rule];
  return isForHost(rule.match.host, host) ? [{ ...rule, match: { ...rule.match, host: { exact: host } } }] : [];
}

function rulesOf({ metadata }: PriorityPolicy, rules: readonly Omit<Rule, "policy">[]): Rule[] {
  return rules.map((rule) => ({ ...rule, policy: `${metadata.namespace}/${metadata.name}` }));
}

/** Of those accepted the ones with this target, oldest first. */
export function policiesOf(
  policies: readonly PriorityPolicy[],
  namespace: string,
  kind: string,
  name: string,
): readonly PriorityPolicy[] {
  return policies.filter(
    (policy) =>
      policy.metadata.namespace === namespace &&
      targets(policy).some((target) => target.kind === kind && target.name === name),
  );
}

function merged(chain: readonly PriorityPolicy[], trust: Classification["trust"]): Classification {
  const ruling = chain.find(({ spec }) => spec.rules !== undefined);
  const rules = ruling === undefined ? [] : rulesOf(ruling, ruling.spec.rules ?? []);
  const defaultLevel = firstOf(chain, "defaultLevel");
  return { trust, rules, ...(defaultLevel === undefined ? {} : { defaultLevel }) };
}

function firstOf<K extends "defaultLevel" | "trust">(
  chain: readonly PriorityPolicy[],
  field: K,
): PriorityPolicy["spec"][K] | undefined {
  return chain.find((policy) => policy.spec[field] !== undefined)?.spec[field];
}
