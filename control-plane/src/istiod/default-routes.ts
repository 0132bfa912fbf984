// In: RouteConfigurations that istiod generates for proxies. Out: what the mesh's default routes say besides their cluster (timeout, retries …).
import type { DefaultRoute } from "../core/snapshot.ts";

type Route = {
  readonly name?: string;
  readonly metadata?: unknown;
  readonly route?: { readonly cluster?: unknown; readonly hashPolicy?: unknown };
};
type RouteConfiguration = { readonly virtualHosts?: readonly { readonly routes?: readonly Route[] }[] };

/**
 * Each variant once. `configurations`: RouteConfigurations as istiod writes them in JSON, megabytes in a large mesh, so they are read by hand.
 * A route of a user's has metadata, and one that hashes is not plain.
 */
export function defaultRoutesOf(configurations: readonly unknown[]): readonly DefaultRoute[] {
  const found = new Map<string, DefaultRoute>();
  for (const { virtualHosts = [] } of configurations as readonly RouteConfiguration[])
    for (const { routes = [] } of virtualHosts)
      for (const { name, metadata, route } of routes) {
        if (name !== "default" || metadata !== undefined || route === undefined) continue;
        const { cluster, ...rest } = route;
        if (rest.hashPolicy !== undefined || !/^outbound\|\d+\|\|/.test(String(cluster))) continue;
        found.set(JSON.stringify(rest), rest);
      }
  return [...found.values()];
}

/** Each variant once, in an order that does not depend on who was asked first. */
export function variantsOf(routes: readonly DefaultRoute[]): readonly DefaultRoute[] {
  const found = new Map(routes.map((one) => [JSON.stringify(one), one]));
  return [...found].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, one]) => one);
}
