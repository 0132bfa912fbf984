// Finds what Expedite's filter in a proxy may do with its routes: the route list, the levels, the shared routes.
import { defaultVariant } from "@expedite/filter/config/level-cluster.ts";
import type { RouteList } from "@expedite/filter/config/route-list.ts";
import type { FilterConfig } from "@expedite/filter/config/schema.ts";
import { isOurRoute, type ProxyConfig, type Resource, type Route, type VirtualHost } from "../generation.ts";
import type { Json } from "../protocol.ts";

export type Filter = { readonly config: FilterConfig; readonly list?: RouteList };

/** The filter of the role that asks where a route leads; undefined if the proxy has none of Expedite's. */
export function filterOf({ extensions }: ProxyConfig): Filter | undefined {
  const found = extensions.get("expedite-outbound") ?? extensions.get("expedite-gateway");
  const wasm = (found?.value.typedConfig as { readonly config?: { readonly configuration?: Json } } | undefined)
    ?.config;
  if (wasm === undefined) return undefined;
  const [first, second] = String(wasm.configuration?.value).split("\n");
  const config = JSON.parse(first!) as FilterConfig;
  return second === undefined ? { config } : { config, list: JSON.parse(second) as RouteList };
}

/** How a proxy identifies a user's route. */
export const configOf = ({ metadata }: Route): string | undefined => metadata?.filterMetadata?.istio?.config;

/** The variant that may replace a route, as the filter decides it (filter/assembly); undefined: none. */
export function variantOf(route: Route, { config, list }: Filter): string | undefined {
  if (list === undefined || (config.levelClusters ?? []).length === 0) return undefined;
  // A route that answers directly, or leads elsewhere than to Istio's clusters, names no cluster that the filter can use.
  if (destinationsOf(route).length === 0) return undefined;
  const path = configOf(route);
  if (path !== undefined) {
    const identity = `${path} ${route.name ?? ""}`;
    return list.variants.find(({ routes }) => routes.includes(identity))?.name;
  }
  if (route.name !== "default") return undefined;
  const [, host] = /^outbound\|\d+\|\|(.+)$/.exec(route.route?.cluster ?? "") ?? [];
  const isService = host?.endsWith(`.svc.${config.clusterDomain}`) ?? false;
  return isService && !list.excludedHosts.includes(host!) ? defaultVariant : undefined;
}

/** The shared routes of a virtual host, by variant. */
export function sharedRoutes({ routes = [] }: VirtualHost): ReadonlyMap<string, Route> {
  return new Map(routes.filter(isOurRoute).map((route) => [stateOf(route) ?? "", route]));
}

export function stateOf({ match }: Route): string | undefined {
  const [state] = (match.filterState ?? []) as readonly { readonly stringMatch?: { readonly exact?: string } }[];
  return state?.stringMatch?.exact;
}

/** The Services' clusters that a route leads to, whatever the weights. */
export function destinationsOf({ route }: Route): readonly string[] {
  const weighted = (route?.weightedClusters?.clusters ?? []).map(({ name }) => name);
  return [route?.cluster ?? "", ...weighted].filter((name) => name.startsWith("outbound|"));
}

/** Route configurations for outbound requests. */
export function outbound({ routes }: ProxyConfig): readonly (readonly [string, Resource])[] {
  return [...routes].filter(([name]) => !name.startsWith("inbound"));
}
