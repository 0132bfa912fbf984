// Merges the policies of a gateway deployment into the one classification that its proxies apply, with separate rules for each host.
import type { PriorityPolicy } from "../../api/priority-policy.ts";
import { covers } from "../../core/host-pattern.ts";
import type { Classification, Rule } from "../../core/plan.ts";
import { firstOf, merged, rulesOf } from "../policies/classification.ts";
import { type Attached, namespaceTarget, policiesOf, type Target } from "../policies/targets.ts";
import { restrictedTo } from "./host-match.ts";
import type { ServingDeployment } from "./hosts.ts";

/** The filter's own limit (filter/config/schema.ts): it refuses more rules, and then classifies nothing. */
export const maxRules = 1000;

export type GatewayClassification = {
  readonly classification: Classification;
  /** Rules for which there was no room, in order; requests that only they match get the default level. */
  readonly left: readonly Rule[];
};

/** The rules for the requests of one host: from policies for its routes, then from those of its Gateways and of the namespace. */
type Block = {
  readonly host: string;
  readonly own: readonly Rule[];
  readonly chain: readonly PriorityPolicy[];
};

/**
 * Rules of the routes' policies for their hosts, then those of the Gateways' policies for theirs, then those of the proxies' namespace: the
 * most specific host first, as many as fit. Only a policy for a Gateway in the proxies' namespace can make them trust a header from
 * outside.
 * @param ladderDefault the level of requests without a matching rule
 */
export function gatewayClassification(
  attached: Attached,
  deployment: ServingDeployment,
  ladderDefault: string,
): GatewayClassification {
  const blocks = blocksOf(attached, deployment).map((block, rank) => ({ ...block, rank }));
  const last = blocks.at(-1)!;
  const wide = blocks.filter(({ host }) => host.startsWith("*"));
  const byHost = Map.groupBy(blocks, ({ host }) => host);
  const rules = blocks.slice(0, -1).flatMap((block) => {
    const own = block.own.flatMap((rule) => forHost(rule, block.host));
    const later = [...new Set([...byHost.get(block.host)!, ...wide])].filter(
      (other) => other.rank > block.rank && covers(other.host, block.host),
    );
    return isOvertaken(block, later) ? [...own, ...closing(block, later, ladderDefault)] : own;
  });
  const { rules: rest, ...defaults } = merged(last.chain);
  const all = [...rules, ...last.own, ...rest];
  return {
    classification: { trust: trustOf(attached, deployment), rules: all.slice(0, maxRules), ...defaults },
    left: all.slice(maxRules),
  };
}

/**
 * Whether rules that are not for this host would apply after its own. A rule that says the same about it ends its requests as they should
 * end.
 */
function isOvertaken({ chain }: Block, [next]: readonly Block[]): boolean {
  if (next === undefined) return false;
  const isSame = next.chain.length === chain.length && next.chain.every((policy, index) => policy === chain[index]);
  return next.own.length > 0 || !isSame;
}

/** The remaining rules for a host, up to its default level, after which later rules don't apply. */
function closing({ host, chain }: Block, later: readonly Block[], ladderDefault: string): Rule[] {
  const { rules, defaultLevel } = merged(chain);
  const isLast = later.every((other) => other.own.length + other.chain.length === 0);
  if (isLast && defaultLevel === undefined) return rules.flatMap((rule) => forHost(rule, host));
  const { name = "", namespace = "" } = chain.find(({ spec }) => spec.defaultLevel !== undefined)?.metadata ?? {};
  const policy = defaultLevel === undefined ? "" : `${namespace}/${name}`;
  const rest: Rule = { name: "default", match: {}, level: defaultLevel ?? ladderDefault, policy };
  return [...rules, rest].flatMap((rule) => forHost(rule, host));
}

/** The most specific host first; for the same host, the routes' rules before the Gateways'; rules for every other host last. */
function blocksOf(attached: Attached, { namespace, gateways, routes }: ServingDeployment): readonly Block[] {
  const ofNamespace = policiesOf(attached, namespaceTarget(namespace));
  const chainOf = (targets: readonly Target[]): readonly PriorityPolicy[] => [
    ...targets.flatMap((target) => policiesOf(attached, target)),
    ...ofNamespace,
  ];
  const claims = Map.groupBy(
    routes.flatMap(({ target, hosts }) => hosts.map((claim) => ({ ...claim, route: target }))),
    ({ host }) => host,
  );
  const ofRoutes = [...claims].map(([host, all]): Block => {
    const targets = new Set(all.map(({ route }) => route));
    const via = gateways.filter(({ target }) => all.some(({ gateway }) => isSame(gateway, target)));
    return { host, own: routeRules(attached, [...targets]), chain: chainOf(via.map(({ target }) => target)) };
  });
  const served = new Set(gateways.flatMap(({ hosts }) => hosts));
  const ofGateways = [...served].map((host): Block => {
    const own = gateways.filter(({ hosts }) => hosts.includes(host));
    return { host, own: [], chain: chainOf(own.map(({ target }) => target)) };
  });
  const isOpen = ({ host }: Block): boolean => host === "*";
  const open: Block = {
    host: "*",
    own: ofRoutes.find(isOpen)?.own ?? [],
    chain: ofGateways.find(isOpen)?.chain ?? ofNamespace,
  };
  const closed = [...ofRoutes, ...ofGateways].filter((block) => !isOpen(block));
  return [...closed.sort((a, b) => breadth(a) - breadth(b)), open];
}

/** Exact hosts are equally specific; of wildcards the longer is more specific. */
function breadth({ host }: Block): number {
  return host.startsWith("*") ? 1000 - host.length : 0;
}

/** First the rules of all policies, because a default level ends the evaluation for the host. */
function routeRules(attached: Attached, targets: readonly Target[]): Rule[] {
  const policies = targets.flatMap((target) => policiesOf(attached, target));
  const defaults = policies.flatMap((policy) => {
    const { defaultLevel } = policy.spec;
    return defaultLevel === undefined ? [] : rulesOf(policy, [{ name: "default", match: {}, level: defaultLevel }]);
  });
  return [...policies.flatMap((policy) => rulesOf(policy, policy.spec.rules ?? [])), ...defaults];
}

/** Empty if the rule is for other hosts. */
function forHost(rule: Rule, host: string): Rule[] {
  const restricted = restrictedTo(host, rule.match.host);
  if (restricted === "everything") return [rule];
  return typeof restricted === "string" ? [] : [{ ...rule, match: { ...rule.match, host: restricted } }];
}

/** The namespace of the proxies decides whom they trust. */
function trustOf(attached: Attached, { namespace, gateways }: ServingDeployment): Classification["trust"] {
  const beside = gateways.filter(({ target }) => target.namespace === namespace);
  const policies = beside.flatMap(({ target }) => policiesOf(attached, target));
  return firstOf(policies, "trust") ?? "Never";
}

function isSame(a: Target, b: Target): boolean {
  return a.namespace === b.namespace && a.name === b.name && a.group === b.group;
}
