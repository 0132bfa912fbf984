// Finds the route configurations with shared routes, in what Istio makes of a mesh without and with Expedite's objects, each with its
// connection manager and the virtual hosts in which a shared route may replace a route.
import { type Filter, filterOf, outbound, sharedRoutes, variantOf } from "../checks/proven.ts";
import { type Generation, isOurRoute, type ProxyConfig, type VirtualHost, virtualHostsOf } from "../generation.ts";
import type { Json } from "../protocol.ts";

export type Side = {
  readonly routes: Json;
  /** The HTTP connection manager, as a listener's filter configures it. */
  readonly manager: Json;
  /** Filters that a proxy requests by name. */
  readonly extensions: ProxyConfig["extensions"];
};

export type Host = { readonly without: VirtualHost; readonly with: VirtualHost };

export type RouteConfiguration = {
  /** The mesh, proxy and route configuration. */
  readonly name: string;
  readonly filter: Filter;
  readonly without: Side;
  readonly with: Side;
  readonly hosts: readonly Host[];
};

export function routeConfigurationsOf(
  mesh: string,
  without: Generation,
  withAll: Generation,
): readonly RouteConfiguration[] {
  return [...withAll].flatMap(([proxy, config]) => {
    const filter = filterOf(config);
    const before = without.get(proxy)!;
    if (filter === undefined) return [];
    return outbound(config).flatMap(([name, resource]): RouteConfiguration[] => {
      const own = before.routes.get(name);
      if (own === undefined) return [];
      const hosts = virtualHostsOf(resource).flatMap((host): Host[] => {
        const same = virtualHostsOf(own).find((one) => one.name === host.name);
        return same !== undefined && hasProven(host, filter) ? [{ without: same, with: host }] : [];
      });
      const sides = [sideOf(before, name), sideOf(config, name)] as const;
      if (hosts.length === 0 || sides[0] === undefined || sides[1] === undefined) return [];
      return [{ name: `${mesh} ${proxy} ${name}`, filter, without: sides[0], with: sides[1], hosts }];
    });
  });
}

function hasProven(host: VirtualHost, filter: Filter): boolean {
  const shared = sharedRoutes(host);
  return (host.routes ?? []).some((route) => !isOurRoute(route) && shared.has(variantOf(route, filter) ?? "none"));
}

function sideOf(config: ProxyConfig, name: string): Side | undefined {
  const listeners = [...config.listeners.values()].map(({ value }) => value);
  const manager = managersIn(listeners).find(({ rds }) => (rds as Json).routeConfigName === name);
  return manager && { routes: config.routes.get(name)!.value, manager, extensions: config.extensions };
}

/** Finds connection managers wherever filter chains have them. */
function managersIn(value: unknown): readonly Json[] {
  if (typeof value !== "object" || value === null) return [];
  return "rds" in value ? [value as Json] : Object.values(value).flatMap(managersIn);
}
