// In: what a namespace's proxies see. Out: the routes that choose by level there, and the user's routes that can't.
import type { DestinationRule, VirtualService } from "../api/istio.ts";
import type { Destination, RouteChoice } from "../core/plan.ts";
import type { Snapshot } from "../core/snapshot.ts";
import type { Verdict } from "../core/verdict.ts";
import type { DivisibleHost } from "./divisible-hosts.ts";
import type { PlainHosts } from "./plain-hosts.ts";
import { covers, egressOf, fullName, isExported, isInEgress } from "./visibility.ts";

export type Choices = {
  /** Ports at which one route for all Services chooses; sorted. */
  readonly plainPorts: readonly number[];
  /** Routes that choose one by one. */
  readonly choices: readonly RouteChoice[];
  /** Full names of all whose levels are told apart, once each. */
  readonly hosts: readonly string[];
  readonly verdicts: readonly Verdict[];
};
/** Of one host. */
type HostChoices = Omit<Choices, "hosts">;
const nothing: HostChoices = { plainPorts: [], choices: [], verdicts: [] };
type HttpRoute = VirtualService["spec"]["http"][number];

/** The routes of the sidecars of a namespace. */
export function routeChoices(
  snapshot: Snapshot,
  hosts: ReadonlyMap<string, DivisibleHost>,
  { ports: plain, withClientTls, throughAggregates }: PlainHosts,
): (namespace: string) => Choices {
  const meshServices = snapshot.virtualServices.filter(({ spec }) => spec.gateways.includes("mesh")).toSorted(byAge);
  const ruled = ruledByRoutes(snapshot);
  const defaults = new Map(
    [...hosts.values()].map((host) => [host.host, byDefault(host, plain.get(host.host) ?? [], withClientTls)]),
  );
  return (namespace) => {
    const egress = egressOf(snapshot.sidecarScopes, namespace);
    const visible = [...hosts.values()].filter(
      (host) => isExported(host.exportTo, host.namespace, namespace) && isInEgress(egress, namespace, host),
    );
    const services = meshServices.filter(({ metadata, spec }) =>
      isExported(spec.exportTo, metadata.namespace, namespace),
    );
    const found = visible.map((host): HostChoices => {
      if (ruled.has(host.host)) return nothing;
      const owner = services.find((service) => hostsOf(service).some((pattern) => covers(pattern, host.host)));
      if (owner === undefined) return defaults.get(host.host)!;
      return chosenBy(owner, host, throughAggregates);
    });
    const choices = found.flatMap((one) => one.choices);
    const plainOnes = visible.filter((_, index) => found[index]!.plainPorts.length > 0).map(({ host }) => host);
    return {
      plainPorts: [...new Set(found.flatMap(({ plainPorts }) => plainPorts))].sort((a, b) => a - b),
      choices,
      hosts: [...new Set([...plainOnes, ...destinations(choices)])],
      verdicts: found.flatMap(({ verdicts }) => verdicts),
    };
  };
}

export function destinations(choices: readonly RouteChoice[]): readonly string[] {
  return [...new Set(choices.map(({ destination }) => destination.host))];
}

/** Istio drops all but the oldest of those that have one host. */
function byAge(a: VirtualService, b: VirtualService): number {
  const key = ({ metadata }: VirtualService): string =>
    `${metadata.creationTimestamp ?? "~"} ${metadata.name}.${metadata.namespace}`;
  return key(a) < key(b) ? -1 : 1;
}

function hostsOf({ metadata, spec }: VirtualService): readonly string[] {
  return spec.hosts.map((host) => fullName(host, metadata.namespace));
}

/** Services whose routes a route of the Gateway API rules (its parentRef is the Service): left as they are. */
function ruledByRoutes({ routes }: Snapshot): ReadonlySet<string> {
  return new Set(
    routes.flatMap(({ metadata, spec }) =>
      spec.parentRefs
        .filter(({ kind }) => kind === "Service")
        .map((ref) => fullName(`${ref.name}.${ref.namespace ?? metadata.namespace}`, metadata.namespace)),
    ),
  );
}

/** A Service without routes of a user's. */
function byDefault(
  host: DivisibleHost,
  plainPorts: readonly number[],
  withClientTls: PlainHosts["withClientTls"],
): HostChoices {
  const others = host.ports.filter((port) => !plainPorts.includes(port));
  const rule = withClientTls.get(host.host);
  if (rule === undefined) return { plainPorts, choices: defaultChoices(host, others), verdicts: [] };
  return { plainPorts, choices: [], verdicts: others.length === 0 ? [] : [keptWhole(rule, host)] };
}

function defaultChoices(host: DivisibleHost, ports: readonly number[]): readonly RouteChoice[] {
  if (host.levels.length === 0) return [];
  return ports.map((port) => ({
    virtualHost: { host: host.host, port },
    destination: { host: host.host, port, levels: host.levels },
  }));
}

function keptWhole({ metadata: { name, namespace } }: DestinationRule, { host }: DivisibleHost): Verdict {
  return {
    on: { kind: "DestinationRule", namespace, name },
    reason: "HostNotPrioritised",
    field: ["spec", "trafficPolicy"],
    message: `has a TLS of its own, which routes that choose by level would not keep: requests to ${host} share connections; to tell them apart, leave it with default routes, without a consistent hash and without dedicated replicas, on ports named http`,
  };
}

/** The routes of a user's VirtualService for one host: all alike, or by name. */
function chosenBy(
  service: VirtualService,
  host: DivisibleHost,
  hosts: ReadonlyMap<string, DivisibleHost>,
): HostChoices {
  const { http } = service.spec;
  if (http.length === 0)
    return hosts.has(host.host) ? { ...nothing, choices: defaultChoices(host, host.ports) } : nothing;
  const found = host.ports.map((port): HostChoices => {
    const ends = http.map((route) => destinationOf(route, service, port, hosts));
    const virtualHost = { host: host.host, port };
    const [first] = ends;
    const alike = ends.every((end) => end !== undefined && JSON.stringify(end) === JSON.stringify(first));
    if (first !== undefined && alike) return { ...nothing, choices: [{ virtualHost, destination: first }] };
    const named = http.flatMap((route, index) => {
      const destination = ends[index];
      if (destination === undefined || !hasOwnName(route, http)) return [];
      return namesOf(route).map((name) => ({ virtualHost, route: name, destination }));
    });
    return { ...nothing, choices: named, verdicts: notPrioritised(service, hosts, port) };
  });
  return {
    plainPorts: [],
    choices: found.flatMap(({ choices }) => choices),
    verdicts: found[0]?.verdicts ?? [],
  };
}

/** Where the route leads, if that is one place whose requests can be told apart. */
function destinationOf(
  route: HttpRoute,
  { metadata }: VirtualService,
  port: number,
  hosts: ReadonlyMap<string, DivisibleHost>,
): Destination | undefined {
  const [only, ...others] = route.route;
  if (only === undefined || others.length > 0) return undefined;
  const host = hosts.get(fullName(only.destination.host, metadata.namespace));
  if (host === undefined || host.levels.length === 0) return undefined;
  const { subset } = only.destination;
  const ownPort = only.destination.port?.number ?? (host.ports.includes(port) ? port : host.ports[0]);
  if (ownPort === undefined || !host.ports.includes(ownPort)) return undefined;
  return { host: host.host, port: ownPort, ...(subset === undefined ? {} : { subset }), levels: host.levels };
}

/** A patch by name reaches every route of that name. */
function hasOwnName(route: HttpRoute, all: readonly HttpRoute[]): boolean {
  return route.name !== "" && all.filter(({ name }) => name === route.name).length === 1;
}

/** Istio's names of the routes that it makes of one: with the matches' own names, where they have some. */
function namesOf({ name, match }: HttpRoute): readonly string[] {
  const names = match.map((one) => (one.name === "" ? name : `${name}.${one.name}`));
  return names.length === 0 ? [name] : [...new Set(names)];
}

function notPrioritised(
  service: VirtualService,
  hosts: ReadonlyMap<string, DivisibleHost>,
  port: number,
): readonly Verdict[] {
  const { name, namespace } = service.metadata;
  const { http } = service.spec;
  return http.flatMap((route, index): Verdict[] => {
    const field = ["spec", "http", index];
    const on = { kind: "VirtualService", namespace, name };
    const say = (at: Verdict["field"], message: string): Verdict[] => [
      { on, reason: "RouteNotPrioritised", field: at, message },
    ];
    if (route.route.length > 1)
      return say(
        [...field, "route"],
        "has several destinations: its requests share connections; use one destination with a subset to tell levels apart",
      );
    if (destinationOf(route, service, port, hosts) === undefined || hasOwnName(route, http)) return [];
    return say(
      [...field, "name"],
      "is missing or there twice: routes that lead to different places are told apart by their names; give each a name of its own",
    );
  });
}
