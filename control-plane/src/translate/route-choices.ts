// In: what a namespace's proxies see. Out: the routes that choose by level there, and the user's routes that can't.
import type { VirtualService } from "../api/istio.ts";
import type { Destination, RouteChoice } from "../core/plan.ts";
import type { Snapshot } from "../core/snapshot.ts";
import type { Verdict } from "../core/verdict.ts";
import type { DivisibleHost } from "./divisible-hosts.ts";
import { covers, egressOf, fullName, isExported, isInEgress } from "./visibility.ts";

export type Choices = { readonly choices: readonly RouteChoice[]; readonly verdicts: readonly Verdict[] };
type HttpRoute = VirtualService["spec"]["http"][number];

/** The routes of the sidecars of a namespace. */
export function routeChoices(
  snapshot: Snapshot,
  hosts: ReadonlyMap<string, DivisibleHost>,
): (namespace: string) => Choices {
  const meshServices = snapshot.virtualServices.filter(({ spec }) => spec.gateways.includes("mesh")).toSorted(byAge);
  const ruled = ruledByRoutes(snapshot);
  const defaults = new Map([...hosts.values()].map((host) => [host.host, defaultChoices(host)]));
  return (namespace) => {
    const egress = egressOf(snapshot.sidecarScopes, namespace);
    const visible = [...hosts.values()].filter(
      (host) => isExported(host.exportTo, host.namespace, namespace) && isInEgress(egress, namespace, host),
    );
    const services = meshServices.filter(({ metadata, spec }) =>
      isExported(spec.exportTo, metadata.namespace, namespace),
    );
    const found = visible.map((host): Choices => {
      if (ruled.has(host.host)) return { choices: [], verdicts: [] };
      const owner = services.find((service) => hostsOf(service).some((pattern) => covers(pattern, host.host)));
      if (owner === undefined) return { choices: defaults.get(host.host)!, verdicts: [] };
      return chosenBy(owner, host, hosts);
    });
    return { choices: found.flatMap(({ choices }) => choices), verdicts: found.flatMap(({ verdicts }) => verdicts) };
  };
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

function defaultChoices(host: DivisibleHost): readonly RouteChoice[] {
  if (host.levels.length === 0) return [];
  return host.ports.map((port) => ({
    virtualHost: { host: host.host, port },
    destination: { host: host.host, port, levels: host.levels },
  }));
}

/** The routes of a user's VirtualService for one host: all alike, or by name. */
function chosenBy(service: VirtualService, host: DivisibleHost, hosts: ReadonlyMap<string, DivisibleHost>): Choices {
  const { http } = service.spec;
  if (http.length === 0) return { choices: defaultChoices(host), verdicts: [] };
  const found = host.ports.map((port): Choices => {
    const ends = http.map((route) => destinationOf(route, service, port, hosts));
    const virtualHost = { host: host.host, port };
    const [first] = ends;
    const alike = ends.every((end) => end !== undefined && JSON.stringify(end) === JSON.stringify(first));
    if (first !== undefined && alike) return { choices: [{ virtualHost, destination: first }], verdicts: [] };
    const named = http.flatMap((route, index) => {
      const destination = ends[index];
      if (destination === undefined || !hasOwnName(route, http)) return [];
      return namesOf(route).map((name) => ({ virtualHost, route: name, destination }));
    });
    return { choices: named, verdicts: notPrioritised(service, hosts, port) };
  });
  return {
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
