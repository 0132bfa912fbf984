// In: a policy, what is there to attach it to, the hosts at the gateways. Out: what of its targets can't be honoured, and what to change.
import type { PriorityPolicy } from "../../api/priority-policy.ts";
import { type Finding, finding } from "../finding.ts";
import { restrictedTo } from "../gateways/host-match.ts";
import type { TargetAtGateways } from "../gateways/host-owners.ts";
import type { TargetIndex } from "./target-index.ts";
import { gatewayGroup, istioGroup, keyOf, type Target, targetsOf } from "./targets.ts";
import type { WhyUnattached } from "./unattached.ts";

/** What a policy's targets are looked up in. */
export type Surroundings = {
  readonly index: TargetIndex;
  readonly atGateways: ReadonlyMap<string, TargetAtGateways>;
  readonly whyUnattached: WhyUnattached;
};

export function targetFindings(policy: PriorityPolicy, surroundings: Surroundings): Finding[] {
  const { index, atGateways, whyUnattached } = surroundings;
  if (policy.spec.targetRefs === undefined) return [];
  return targetsOf(policy).flatMap((target, position) => {
    const field = ["spec", "targetRefs", position];
    const { group, kind, namespace, name } = target;
    const there = index(group, kind, namespace);
    if (there === undefined)
      return [
        finding("UnsupportedTarget", [...field, "kind"], `of group "${group}" is no target; allowed: ${allowed}`),
      ];
    if (!there.includes(name))
      return [
        finding(
          "TargetNotFound",
          [...field, "name"],
          `is no ${kind} of namespace ${namespace}; there are: ${there.join(", ") || "none"}`,
        ),
      ];
    if (kind === "Service") return [];
    const found = atGateways.get(keyOf(target));
    if (found === undefined)
      return [
        ...(kind === "Gateway" ? [] : trustOfRoute(policy, kind)),
        finding("UnsupportedTarget", [...field, "name"], whyUnattached(target)),
      ];
    return kind === "Gateway"
      ? gatewayFindings(policy, target, [...field, "name"], found)
      : routeFindings(policy, target, [...field, "name"], found);
  });
}

const allowed = [
  `Gateway, HTTPRoute and GRPCRoute of ${gatewayGroup}`,
  `Gateway and VirtualService of ${istioGroup}`,
  'Service of ""',
].join(", ");

/** Its proxies may be in a namespace that is not the policy's, and those of others too. */
function gatewayFindings(
  policy: PriorityPolicy,
  target: Target,
  field: Finding["field"],
  found: TargetAtGateways,
): Finding[] {
  const { trust } = policy.spec;
  const elsewhere = [...found.namespaces].filter((namespace) => namespace !== target.namespace);
  const trusting =
    trust === undefined || trust === "Never" || elsewhere.length === 0
      ? []
      : [
          finding(
            "UnsupportedField",
            ["spec", "trust"],
            `is a matter of namespace ${elsewhere.join(", ")}, where the Gateway's proxies are; allowed: Never`,
          ),
        ];
  return [...trusting, ...foreignHost(target, field, found)];
}

/** The listener that a route shares with others has one trust. */
function trustOfRoute({ spec: { trust } }: PriorityPolicy, kind: string): Finding[] {
  return trust === undefined || trust === "Never"
    ? []
    : [
        finding(
          "UnsupportedField",
          ["spec", "trust"],
          `is a matter of the Gateway, not of one ${kind}; allowed: Never`,
        ),
      ];
}

/** A route classifies its own hosts only. */
function routeFindings(
  policy: PriorityPolicy,
  target: Target,
  field: Finding["field"],
  found: TargetAtGateways,
): Finding[] {
  const { kind, name } = target;
  const { rules = [] } = policy.spec;
  const { hosts } = found;
  const own = rules.flatMap((rule, index): Finding[] => {
    const { host } = rule.match;
    if (host === undefined) return [];
    const at = ["spec", "rules", index, "match", "host", ...(host.exact === undefined ? [] : ["exact"])];
    const restricted = hosts.map((entry) => restrictedTo(entry, host));
    if (restricted.every((one) => one === "nothing"))
      return [finding("UnsupportedField", at, `is no host of ${kind} ${name}; allowed: ${hosts.join(", ")}`)];
    return restricted.includes("inexpressible")
      ? [
          finding(
            "UnsupportedField",
            at,
            `leaves some hosts out of ${hosts.find((entry) => restrictedTo(entry, host) === "inexpressible")}; allowed with a wildcard: what is not inverted`,
          ),
        ]
      : [];
  });
  return [...trustOfRoute(policy, kind), ...foreignHost(target, field, found), ...own];
}

function foreignHost({ kind }: Target, field: Finding["field"], found: TargetAtGateways): Finding[] {
  if (found.foreign === undefined) return [];
  const { host, gateway, owner } = found.foreign;
  const shown = ({ namespace, name }: Target): string => `${namespace}/${name}`;
  const where = kind === "Gateway" ? "" : ` at Gateway ${shown(gateway)}`;
  return [
    finding(
      "Conflicted",
      field,
      `has host ${host}${where}, which is that of the older ${owner.kind} ${shown(owner)}: take the host out of this ${kind}, or leave the policy to namespace ${owner.namespace}`,
    ),
  ];
}
