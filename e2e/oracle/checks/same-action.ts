// (b) If a variant may replace a route, its shared route does the same, except for where it leads; every shared route takes only requests
// that the filter proved; no listed route is in a virtual host whose routes read the level.
import type { Difference } from "../differences.ts";
import { differences } from "../differences.ts";
import {
  type Generation,
  isOurRoute,
  levelHeader,
  type Route,
  type VirtualHost,
  virtualHostsOf,
} from "../generation.ts";
import type { Json } from "../protocol.ts";
import { type Filter, filterOf, outbound, sharedRoutes, stateOf, variantOf } from "./proven.ts";

/** Per-route configuration of filters before Expedite's: they have read it before Expedite's makes Envoy choose again. */
const inFront = ["envoy.filters.http.cors", "envoy.filters.http.fault"];

export function sameAction(generation: Generation): readonly Difference[] {
  return [...generation].flatMap(([proxy, config]) => {
    const filter = filterOf(config);
    return outbound(config).flatMap(([name, resource]) =>
      virtualHostsOf(resource).flatMap((host) => ofHost(host, filter, `${proxy} routes ${name}: ${host.name}`)),
    );
  });
}

function ofHost(host: VirtualHost, filter: Filter | undefined, path: string): readonly Difference[] {
  const shared = sharedRoutes(host);
  const unproven = (host.routes ?? []).filter(isOurRoute).filter((route) => !isProven(route));
  const found = unproven.map(({ match }): Difference => ({ check: "b: proven", path, with: match }));
  if (filter === undefined) return found;
  const users = (host.routes ?? []).filter((route) => !isOurRoute(route));
  return [
    ...found,
    ...users.flatMap((route, index) => {
      const variant = variantOf(route, filter);
      const stands = variant === undefined ? undefined : shared.get(variant);
      // A proof without a shared route: the request takes its own route.
      if (stands === undefined) return [];
      const at = `${path}: routes[${index}] ${route.name ?? ""}`;
      return [...unlike(route, stands, at), ...readsLevel(users, filter, at), ...behind(host, route, stands, at)];
    }),
  ];
}

function isProven({ match, ...route }: Route): boolean {
  const headers = match.headers ?? [];
  const isOfHeader = headers.length > 0 && headers.every(({ name }) => name === levelHeader);
  return isOfHeader && stateOf({ match, ...route }) !== undefined && (match.filterState ?? []).length === 1;
}

function unlike(own: Route, stands: Route, path: string): readonly Difference[] {
  return differences(doesOf(own), doesOf(stands)).map(({ path: field, a, b }) => ({
    ...{ check: "b: same action", path: `${path}: ${field}`, without: a, with: b },
  }));
}

/** Everything that a route does to a request, except for where it leads. */
function doesOf(route: Route): Json {
  const { name: _, match: __, decorator: ___, metadata: ____, route: action, ...rest } = route;
  const { cluster, weightedClusters, clusterSpecifierPlugin, inlineClusterSpecifierPlugin, ...does } = action ?? {};
  const perFilter = Object.entries((rest.typedPerFilterConfig ?? {}) as Json).filter(([key]) => !inFront.includes(key));
  const own = (weightedClusters?.clusters ?? []).map(({ name: _name, weight: _weight, ...others }) => others);
  return {
    ...rest,
    typedPerFilterConfig: Object.fromEntries(perFilter),
    hasAction: action !== undefined,
    action: does,
    ofDestinations: own.filter((one) => Object.keys(one).length > 0),
  };
}

function readsLevel(users: readonly Route[], { config }: Filter, path: string): readonly Difference[] {
  const written = [config.header, ...(config.writeTo === undefined ? [] : ["tracestate"])];
  const read = users
    .flatMap(({ match }) => match.headers ?? [])
    .filter(({ name }) => written.includes(name.toLowerCase()));
  return read.slice(0, 1).map((header) => ({ check: "b: reads the level", path, with: header }));
}

/** The shared route takes the requests of the route that it replaces: it comes first, and matches whatever that route matches. */
function behind({ routes = [] }: VirtualHost, own: Route, stands: Route, path: string): readonly Difference[] {
  const found: Difference[] = [];
  if (routes.indexOf(stands) > routes.indexOf(own)) found.push({ check: "b: in front", path });
  const { headers: _, filterState: __, ...place } = stands.match;
  const isAnywhere = JSON.stringify(place) === '{"prefix":"/"}';
  const { headers: ___, queryParameters: ____, ...ownPlace } = own.match as Json;
  const fields = (match: Json) =>
    JSON.stringify({ caseSensitive: true, ...match }, Object.keys({ caseSensitive: 0, ...match }).sort());
  if (!isAnywhere && fields(place) !== fields(ownPlace))
    found.push({ check: "b: matches as its own", path, without: ownPlace, with: place });
  return found;
}
