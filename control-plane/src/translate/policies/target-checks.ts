// Checks a policy's targets: what in them cannot be supported, and what to change.
import type { PriorityPolicy } from "../../api/priority-policy.ts";
import { type Finding, finding } from "../finding.ts";
import { restrictedTo } from "../gateways/host-match.ts";
import type { TargetAtGateways } from "../gateways/host-owners.ts";
import type { TargetIndex } from "./target-index.ts";
import { gatewayGroup, istioGroup, keyOf, type Target, targetsOf } from "./targets.ts";
import type { WhyUnattached } from "./unattached.ts";

/** Where a policy's targets are looked up. */
type Surroundings = {
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
        finding("UnsupportedTarget", [...field, "kind"], `of group "${group}" cannot be a target; allowed: ${allowed}`),
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
    const at = { field: [...field, "name"], found };
    return kind === "Gateway" ? gatewayFindings(policy, target, at) : routeFindings(policy, target, at);
  });
}

const allowed = [
  `Gateway, HTTPRoute and GRPCRoute of ${gatewayGroup}`,
  `Gateway and VirtualService of ${istioGroup}`,
  'Service of ""',
].join(", ");

type AtGateways = { readonly field: Finding["field"]; readonly found: TargetAtGateways };

/** A Gateway's proxies may be in a namespace other than the policy's, and may be shared with other Gateways. */
function gatewayFindings(policy: PriorityPolicy, target: Target, { field, found }: AtGateways): Finding[] {
  const { trust } = policy.spec;
  const elsewhere = [...found.namespaces].filter((namespace) => namespace !== target.namespace);
  const trusting =
    trust === undefined || trust === "Never" || elsewhere.length === 0
      ? []
      : [
          finding(
            "UnsupportedField",
            ["spec", "trust"],
            `is for policies of namespace ${elsewhere.join(", ")}, where the Gateway's proxies are; allowed here: Never`,
          ),
        ];
  return [...trusting, ...foreignHost(target, field, found)];
}

/** Routes share a listener, which has one trust. */
function trustOfRoute({ spec: { trust } }: PriorityPolicy, kind: string): Finding[] {
  return trust === undefined || trust === "Never"
    ? []
    : [
        finding(
          "UnsupportedField",
          ["spec", "trust"],
          `is for policies of the Gateway, not of one ${kind}; allowed here: Never`,
        ),
      ];
}

/** A route classifies only its own hosts. */
function routeFindings(policy: PriorityPolicy, target: Target, { field, found }: AtGateways): Finding[] {
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
            `leaves out some hosts of the wildcard ${hosts.find((entry) => restrictedTo(entry, host) === "inexpressible")}, which no rule can express; name the other hosts instead of inverting`,
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
      `has host ${host}${where}, which the older ${owner.kind} ${shown(owner)} owns; remove the host from this ${kind}, or leave the policy to namespace ${owner.namespace}`,
    ),
  ];
}
