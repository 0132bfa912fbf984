// Finds the hosts whose routes do more than lead somewhere (they hash, or keep sessions), so that no shared route can replace them.
import { maxExcludedHosts, maxRouteListBytes } from "@expedite/filter/config/route-list.ts";
import type { DestinationRule } from "../../api/istio.ts";
import type { Service } from "../../api/kubernetes.ts";
import { covers } from "../../core/host-pattern.ts";
import type { Snapshot } from "../../core/snapshot.ts";
import type { ObjectRef, Verdict } from "../../core/verdict.ts";
import { isEligible } from "./http-ports.ts";
import { listedInLadder } from "./listed-hosts.ts";
import { fullName, hostName } from "./visibility.ts";

/**
 * Istio's stateful sessions (pilot/pkg/features), and the Services that it makes of InferencePools, whose endpoints are picked
 * individually.
 */
const sessionLabels = [
  "istio.io/persistent-session",
  "istio.io/persistent-session-header",
  "istio.io/inferencepool-name",
];

function keepsSessions({ metadata }: Service): boolean {
  return sessionLabels.some((label) => metadata.labels?.[label] !== undefined);
}

/** For a host's full name, the object that makes its routes different. */
export type Exclusion = (host: string) => { readonly on: ObjectRef; readonly because: string } | undefined;

export type ExcludedHosts = {
  readonly exclusion: Exclusion;
  /** Hosts of known Services, and names in rules below the mesh's domain; sorted. */
  readonly hosts: readonly string[];
};

/** Rules in any namespace count: Istio decides which clients they apply to, and few of them hash. */
export function excludedHosts({ services, destinationRules, mesh }: Snapshot): ExcludedHosts {
  const sessions = new Map(
    services
      .filter(keepsSessions)
      .map(({ metadata: { name, namespace } }) => [
        hostName(namespace, name, mesh),
        { kind: "Service", namespace, name },
      ]),
  );
  const hashing = destinationRules
    .filter(hashes)
    .map((rule) => ({ rule, pattern: fullName(rule.spec.host, rule.metadata.namespace, mesh) }));
  const exclusion: Exclusion = (host) => {
    const session = sessions.get(host);
    if (session !== undefined) return { on: session, because: "keeps sessions" };
    const found = hashing.find(({ pattern }) => covers(pattern, host))?.rule.metadata;
    if (found === undefined) return undefined;
    const on = { kind: "DestinationRule", namespace: found.namespace, name: found.name };
    return { on, because: "has a consistent hash" };
  };
  const domain = `.svc.${mesh.clusterDomain}`;
  const known = services.map(({ metadata: { name, namespace } }) => hostName(namespace, name, mesh));
  const named = hashing.map(({ pattern }) => pattern).filter((host) => !host.includes("*") && host.endsWith(domain));
  const hosts = [...new Set([...known, ...named])].filter((host) => exclusion(host) !== undefined).sort();
  return { exclusion, hosts };
}

/** Bytes of the filter's list that the hosts may take; the rest is for routes. */
const maxBytes = maxRouteListBytes / 2;

/** Unless the filter's list has all of them, a host that hashes would be treated like one that does not. */
export function isListable({ hosts }: Pick<ExcludedHosts, "hosts">): boolean {
  return hosts.length <= maxExcludedHosts && JSON.stringify(hosts).length <= maxBytes;
}

export function tooManyExcluded({ ladder }: Snapshot, excluded: ExcludedHosts): readonly Verdict[] {
  if (isListable(excluded)) return [];
  return [
    {
      ...{ on: { kind: "PriorityLadder", name: ladder.metadata.name }, reason: "HostNotPrioritised", field: ["spec"] },
      message: `has no effect on connections: ${excluded.hosts.length} hosts hash or keep sessions, and the filter takes a list of ${maxExcludedHosts}; remove consistentHash from some DestinationRules`,
    },
  ];
}

/** Of enrolled Services that could have connections by level otherwise. */
export function notPrioritised(
  snapshot: Snapshot,
  enrolled: ReadonlySet<string>,
  exclusion: Exclusion,
): readonly Verdict[] {
  const isListed = listedInLadder(snapshot.ladder);
  const own = snapshot.services.filter((one) => enrolled.has(one.metadata.namespace) && isEligible(one));
  return own.flatMap(({ metadata: { name, namespace } }): Verdict[] => {
    const host = hostName(namespace, name, snapshot.mesh);
    const found = exclusion(host);
    if (found === undefined || !isListed(host)) return [];
    const field = found.on.kind === "Service" ? ["metadata", "labels"] : ["spec", "trafficPolicy", "loadBalancer"];
    return [
      {
        ...{ on: found.on, reason: "HostNotPrioritised", field },
        message: `${found.because}, which shared routes cannot do, so requests to ${host} share connections, whatever their level`,
      },
    ];
  });
}

/** For the host, one of its ports or one of its subsets. */
function hashes({ spec }: DestinationRule): boolean {
  return [spec.trafficPolicy, ...spec.subsets.map(({ trafficPolicy }) => trafficPolicy)]
    .flatMap(withPorts)
    .some(({ loadBalancer }) => loadBalancer?.consistentHash !== undefined);
}

/** A policy, and its overrides for single ports. */
function withPorts(policy: DestinationRule["spec"]["trafficPolicy"]) {
  return policy === undefined ? [] : [policy, ...policy.portLevelSettings];
}

/** Hosts with the user's own client TLS: through an aggregate cluster Envoy would not check the server's name as the rule requires. */
export function hasClientTls({ destinationRules, mesh }: Snapshot): (host: string) => DestinationRule | undefined {
  const rules = destinationRules
    .filter(({ spec }) =>
      withPorts(spec.trafficPolicy).some(({ tls }) => tls?.mode === "SIMPLE" || tls?.mode === "MUTUAL"),
    )
    .map((rule) => ({ rule, pattern: fullName(rule.spec.host, rule.metadata.namespace, mesh) }));
  return (host) => rules.find(({ pattern }) => covers(pattern, host))?.rule;
}
