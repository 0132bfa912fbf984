// Finds what Expedite's filter in a proxy names for a request, by its level and the route that Envoy chose: the clusters and the variant.
import { levelSubset } from "@expedite/filter/config/level-cluster.ts";
import { type RouteList, routeIdentity } from "@expedite/filter/config/route-list.ts";
import type { FilterConfig } from "@expedite/filter/config/schema.ts";
import type { HttpFilter, Route, TypedConfig } from "./proxy.ts";

/** The value of the filter's header, and the filter state that proves it. */
export interface Named {
  readonly clusters: string;
  readonly variant: string;
}

interface Lines {
  readonly config: FilterConfig;
  readonly list: RouteList | undefined;
}

/** Both lines of the filter's plugin configuration; undefined for another filter. */
function linesOf(typed: TypedConfig | undefined): Lines | undefined {
  const { config } = (typed ?? {}) as {
    readonly config?: {
      readonly vm_config?: { readonly vm_id?: string };
      readonly configuration?: { readonly value?: string };
    };
  };
  if (config?.vm_config?.vm_id !== "expedite") return undefined;
  const [first = "{}", second] = (config.configuration?.value ?? "{}").split("\n");
  return { config: JSON.parse(first), list: second === undefined ? undefined : JSON.parse(second) };
}

/** The first line only (filter/config/schema.ts). */
export function configurationOf(typed: TypedConfig | undefined): FilterConfig | undefined {
  return linesOf(typed)?.config;
}

/** Undefined if the level has no clusters of its own, or no shared route replaces the chosen route. */
export function named(filters: readonly HttpFilter[], route: Route, level: string | undefined): Named | undefined {
  for (const { typed_config } of filters) {
    const { config, list } = linesOf(typed_config) ?? {};
    if (level === undefined || config?.levelClusters?.includes(level) !== true) continue;
    const original = route.route?.cluster ?? "";
    const [direction, port, subset = "", host = ""] = original.split("|");
    const variant = variantOf(route, { subset, host, config, list });
    if (direction !== "outbound" || variant === undefined) return undefined;
    return { clusters: `outbound|${port}|${levelSubset(level, subset)}|${host} ${original}`, variant };
  }
  return undefined;
}

interface Place extends Lines {
  readonly subset: string;
  readonly host: string;
}

function variantOf({ name = "", metadata }: Route, { subset, host, config, list }: Place): string | undefined {
  const istio = metadata?.filter_metadata?.istio as { readonly config?: string } | undefined;
  if (istio !== undefined) {
    const identity = routeIdentity(istio.config ?? "", name);
    return list?.variants.find(({ routes }) => routes.includes(identity))?.name;
  }
  const isService = subset === "" && host.endsWith(`.svc.${config.clusterDomain}`);
  return name === "default" && isService && list?.excludedHosts.includes(host) !== true ? "default" : undefined;
}
