// In: what of the world changes a Service's default routes. Out: the Services and ports whose default route is like every other's.
import type { DestinationRule } from "../api/istio.ts";
import type { Service } from "../api/kubernetes.ts";
import type { ApartHost } from "../core/plan.ts";
import type { Snapshot } from "../core/snapshot.ts";
import type { DivisibleHost } from "./divisible-hosts.ts";
import { hostName } from "./hosts.ts";
import { covers, fullName } from "./visibility.ts";

export type PlainHosts = {
  /** By full name, the ports where one route for all Services does; absent: none. */
  readonly ports: ReadonlyMap<string, readonly number[]>;
  /** Hosts whose clients speak a TLS of the user's own. */
  readonly withClientTls: ReadonlyMap<string, DestinationRule>;
  /** The others: through an aggregate cluster Envoy would not check the server's name as the user's rule says. */
  readonly throughAggregates: ReadonlyMap<string, DivisibleHost>;
  /** Sorted. */
  readonly apart: readonly ApartHost[];
};

/** What the filter knows a Service's host by (filter/assembly/core/own-cluster.ts). */
const serviceDomain = ".svc.cluster.local";

/** What Istio's stateful sessions go by (pilot/pkg/features). */
const sessionLabels = ["istio.io/persistent-session", "istio.io/persistent-session-header"] as const;

/** Named so that Istio need not look into the bytes: else the port has a route configuration of its own. */
const namedProtocols = ["http", "http2", "grpc", "grpc-web"];

export function plainHosts(snapshot: Snapshot, hosts: ReadonlyMap<string, DivisibleHost>): PlainHosts {
  const services = new Map(
    snapshot.services.map((service) => [hostName(service.metadata.namespace, service.metadata.name), service]),
  );
  const rules = snapshot.destinationRules.filter(({ spec }) => spec.trafficPolicy !== undefined);
  const hashing = coveredBy(rules.filter(isHashing), services);
  const isAlike = (snapshot.defaultRoutes ?? []).length <= 1;
  const plain = [...hosts.values()].filter(
    ({ host, dedicated, levels }) =>
      isAlike && levels.length > 0 && dedicated.size === 0 && !hashing.has(host) && !hasSessions(services.get(host)!),
  );
  const withClientTls = coveredBy(rules.filter(speaksTls), hosts);
  const throughAggregates = new Map([...hosts].filter(([name]) => !withClientTls.has(name)));
  const unlike = new Set([
    ...hashing.keys(),
    ...[...services].filter(([, one]) => hasSessions(one)).map(([name]) => name),
  ]);
  return {
    ports: new Map(plain.map(({ host, ports }) => [host, ports.filter((port) => isNamed(services.get(host)!, port))])),
    withClientTls,
    throughAggregates,
    // Others' routes choose one by one, and say so; and the filter asks for nobody's clusters but Services'.
    apart: [...unlike]
      .filter((name) => name.endsWith(serviceDomain) && !throughAggregates.has(name))
      .sort()
      .map((host) => {
        const ports = services.get(host)?.spec.ports.map(({ port }) => port);
        return { host, ...(ports === undefined ? {} : { ports }) };
      }),
  };
}

/** Rules of any namespace: whose clients they are for is Istio's to say, and few have one. A Service of another cluster counts, too. */
function coveredBy(
  rules: readonly DestinationRule[],
  hosts: ReadonlyMap<string, unknown>,
): ReadonlyMap<string, DestinationRule> {
  const found = new Map<string, DestinationRule>();
  for (const rule of rules) {
    const pattern = fullName(rule.spec.host, rule.metadata.namespace);
    if (!pattern.includes("*")) found.set(pattern, rule);
    else for (const host of hosts.keys()) if (covers(pattern, host)) found.set(host, rule);
  }
  return found;
}

function policiesOf({ spec: { trafficPolicy } }: DestinationRule) {
  return trafficPolicy === undefined ? [] : [trafficPolicy, ...trafficPolicy.portLevelSettings];
}

/** Its routes say what to hash, and retry on the same host. */
function isHashing(rule: DestinationRule): boolean {
  return policiesOf(rule).some(({ loadBalancer }) => loadBalancer?.consistentHash !== undefined);
}

function speaksTls(rule: DestinationRule): boolean {
  return policiesOf(rule).some(({ tls }) => tls?.mode === "SIMPLE" || tls?.mode === "MUTUAL");
}

function hasSessions({ metadata }: Service): boolean {
  return sessionLabels.some((label) => metadata.labels?.[label] !== undefined);
}

function isNamed({ spec }: Service, number: number): boolean {
  return spec.ports
    .filter(({ port }) => port === number)
    .every(({ appProtocol, name }) =>
      namedProtocols.includes(
        (appProtocol?.replace(/^kubernetes\.io\/h2c$/, "http2") ?? name?.split("-")[0] ?? "").toLowerCase(),
      ),
    );
}
