// In: the policies of a Snapshot. Out: those that have an effect, oldest first, and why the others are refused.
import type { PriorityPolicy, TargetRef } from "../api/priority-policy.ts";
import type { Reason } from "../api/reasons.ts";
import type { Snapshot } from "../core/snapshot.ts";
import type { Verdict } from "../core/verdict.ts";
import { isForHost } from "./host-match.ts";
import { routeDomains } from "./route-domains.ts";

/** The Gateway API's group; that of a Service is "". */
const gatewayGroup = "gateway.networking.k8s.io";

export type Policies = { readonly accepted: readonly PriorityPolicy[]; readonly verdicts: readonly Verdict[] };
type Finding = Omit<Verdict, "on">;

export function acceptedPolicies(snapshot: Snapshot): Policies {
  const accepted: PriorityPolicy[] = [];
  const verdicts: Verdict[] = [];
  for (const policy of snapshot.policies.toSorted(byAge)) {
    const findings = [
      ...ladderFindings(policy, snapshot),
      ...targetFindings(policy, snapshot),
      ...conflicts(policy, accepted),
    ];
    if (findings.length === 0) accepted.push(policy);
    const { name, namespace } = policy.metadata;
    verdicts.push(...findings.map((finding) => ({ on: { kind: "PriorityPolicy", namespace, name }, ...finding })));
  }
  return { accepted, verdicts };
}

/** What a policy is attached to. The namespace stands for "every workload of it". */
export function targets(policy: PriorityPolicy): readonly { readonly kind: string; readonly name: string }[] {
  return policy.spec.targetRefs ?? [{ kind: "Namespace", name: policy.metadata.namespace }];
}

/** Oldest first; without a time, or at the same one, by name (Gateway API, conflict resolution). */
function byAge(a: PriorityPolicy, b: PriorityPolicy): number {
  const key = ({ metadata }: PriorityPolicy): string =>
    `${metadata.creationTimestamp ?? "~"} ${metadata.namespace}/${metadata.name}`;
  return key(a) < key(b) ? -1 : 1;
}

function ladderFindings(policy: PriorityPolicy, { ladder }: Snapshot): Finding[] {
  const { name } = ladder.metadata;
  if (policy.spec.ladder !== name)
    return [finding("Invalid", ["spec", "ladder"], `is not the ladder of this mesh; allowed: ${name}`)];
  const names = ladder.spec.levels.map((level) => level.name);
  const unknown = (field: Finding["field"], level: string | undefined): Finding[] =>
    level === undefined || names.includes(level)
      ? []
      : [finding("Invalid", field, `is not a level of PriorityLadder ${name}; allowed: ${names.join(", ")}`)];
  return [
    ...(policy.spec.rules ?? []).flatMap((rule, index) => unknown(["spec", "rules", index, "level"], rule.level)),
    ...unknown(["spec", "defaultLevel"], policy.spec.defaultLevel),
  ];
}

function targetFindings(policy: PriorityPolicy, snapshot: Snapshot): Finding[] {
  return (policy.spec.targetRefs ?? []).flatMap((ref, index) => {
    const field = ["spec", "targetRefs", index];
    const candidates = candidatesOf(ref, snapshot);
    if (candidates === undefined)
      return [
        finding(
          "UnsupportedTarget",
          [...field, "kind"],
          `of group "${ref.group}" is not supported yet; allowed: Gateway and HTTPRoute of ${gatewayGroup}, Service of ""`,
        ),
      ];
    const { namespace } = policy.metadata;
    const there = candidates.filter((object) => object.metadata.namespace === namespace);
    if (!there.some((object) => object.metadata.name === ref.name))
      return [
        finding(
          "TargetNotFound",
          [...field, "name"],
          `is no ${ref.kind} of namespace ${namespace}; there are: ${there.map((o) => o.metadata.name).join(", ") || "none"}`,
        ),
      ];
    return ref.kind === "HTTPRoute" ? routeFindings(policy, ref.name, snapshot) : [];
  });
}

function candidatesOf(
  ref: TargetRef,
  snapshot: Snapshot,
): readonly { readonly metadata: PriorityPolicy["metadata"] }[] | undefined {
  switch (`${ref.group}/${ref.kind}`) {
    case `${gatewayGroup}/Gateway`:
      return snapshot.gateways;
    case `${gatewayGroup}/HTTPRoute`:
      return snapshot.routes;
    case "/Service":
      return snapshot.services;
    default:
      return undefined;
  }
}

/** A route classifies its own hosts only, and the listener that it shares with others has one trust. */
function routeFindings(policy: PriorityPolicy, name: string, snapshot: Snapshot): Finding[] {
  const route = snapshot.routes.find(
    ({ metadata }) => metadata.name === name && metadata.namespace === policy.metadata.namespace,
  );
  const hosts = route === undefined ? [] : routeDomains(route, snapshot.gateways);
  const trust = policy.spec.trust;
  const findings: Finding[] = [];
  if (trust !== undefined && trust !== "Never")
    findings.push(
      finding(
        "UnsupportedField",
        ["spec", "trust"],
        "is a matter of the Gateway, not of one HTTPRoute; allowed: Never",
      ),
    );
  const wildcard = hosts.find((host) => host.startsWith("*."));
  if (wildcard !== undefined)
    findings.push(
      finding(
        "UnsupportedTarget",
        ["spec", "targetRefs"],
        `has HTTPRoute ${name}, whose host ${wildcard} is not supported yet`,
      ),
    );
  (policy.spec.rules ?? []).forEach((rule, index) => {
    const { host } = rule.match;
    if (host !== undefined && !hosts.includes("*") && !hosts.some((entry) => isForHost(host, entry)))
      findings.push(
        finding(
          "UnsupportedField",
          ["spec", "rules", index, "match", "host", ...(host.exact === undefined ? [] : ["exact"])],
          `is no host of HTTPRoute ${name}; allowed: ${hosts.join(", ") || "none, as no Gateway has the route"}`,
        ),
      );
  });
  return findings;
}

function conflicts(policy: PriorityPolicy, accepted: readonly PriorityPolicy[]): Finding[] {
  return targets(policy).flatMap((target, index) => {
    const older = accepted.find(
      (other) =>
        other.metadata.namespace === policy.metadata.namespace &&
        targets(other).some((entry) => entry.kind === target.kind && entry.name === target.name),
    );
    if (older === undefined) return [];
    const name = `PriorityPolicy ${older.metadata.name}`;
    return policy.spec.targetRefs === undefined
      ? [finding("Conflicted", ["spec"], `is for the whole namespace, as ${name} is already`)]
      : [finding("Conflicted", ["spec", "targetRefs", index, "name"], `is targeted by ${name} already`)];
  });
}

function finding(reason: Reason, field: Finding["field"], message: string): Finding {
  return { reason, field, message };
}
