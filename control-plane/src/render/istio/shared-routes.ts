// Makes shared routes, before all others in their virtual hosts, that take a request to its level's cluster if the filter proved which
// routes they may replace (docs/adr/0025-proven-routes.md): one for each variant, for any number of Services and routes. No other route
// changes.
import { defaultVariant, levelClusterHeader, levelClusterState } from "@expedite/filter/config/level-cluster.ts";
import type { RouteList } from "@expedite/filter/config/route-list.ts";
import { digest } from "../../core/digest.ts";
import type { PathMatch, Plan, RouteAction, RouteVariant, Routing } from "../../core/plan.ts";
import { bothClustersNamed, clusterSpecifier } from "../xds/cluster-script.ts";
import type { Message } from "../xds/message.ts";
import { specifierName } from "../xds/names.ts";
import { type ConfigPatch, type Context, configPatch } from "./envoy-filter.ts";
import { retryPolicy } from "./retry-policy.ts";

/** The users' routes that the filter may treat as a variant's. */
export function routeListOf(plan: Plan, { variants }: Routing): RouteList {
  return {
    variants: variants.map((variant) => ({ name: variantName(plan, variant), routes: [...variant.routes] })),
    excludedHosts: [...plan.excludedHosts],
  };
}

export function hasSharedRoutes(plan: Plan, { ports, sniffed, variants }: Routing): boolean {
  const hasRoutes = ports.length + sniffed.length + variants.length > 0;
  return plan.mode === "Enforce" && plan.levelClusters.length > 0 && hasRoutes;
}

export function sharedRoutes(plan: Plan, context: Context, routing: Routing): readonly ConfigPatch[] {
  if (!hasSharedRoutes(plan, routing)) return [];
  const routes = [
    ...(context === "GATEWAY" ? [] : [{ host: undefined, route: sharedRoute(plan, defaultVariant, {}) }]),
    ...placed(plan, routing),
  ];
  return routeConfigurations(context, routing).flatMap((routeConfiguration) => {
    const match = routeConfiguration === undefined ? {} : { routeConfiguration };
    return [
      configPatch({
        ...{ applyTo: "ROUTE_CONFIGURATION", context, match, operation: "MERGE" },
        // From every request, because a virtual host may lack the shared route of a listed route that has another's name.
        value: { cluster_specifier_plugins: [clusterSpecifier], request_headers_to_remove: [levelClusterHeader] },
      }),
      ...routes.map(({ host, route }) => {
        const vhost = { vhost: { domainName: host } };
        const where = host === undefined ? match : { routeConfiguration: { ...routeConfiguration, ...vhost } };
        return configPatch({ applyTo: "HTTP_ROUTE", context, match: where, operation: "INSERT_FIRST", value: route });
      }),
    ];
  });
}

/** Each once, however users write it. `host`: only there. */
function placed(plan: Plan, { variants }: Routing) {
  const all = variants.flatMap((variant) => {
    const name = variantName(plan, variant);
    const route = sharedRoute(plan, name, variant);
    const hosts: readonly (string | undefined)[] = variant.rewrite?.prefix?.hosts ?? [undefined];
    return hosts.map((host) => [`${name} ${host}`, { host, route }] as const);
  });
  return [...new Map(all).values()];
}

/** Selected by name, because Istio also takes a port number for that of one of its hosts. For a gateway, all of its own. */
function routeConfigurations(context: Context, { ports, sniffed }: Routing): readonly (Message | undefined)[] {
  if (context === "GATEWAY") return [undefined];
  return [
    ...ports.map((port) => ({ name: `${port}` })),
    ...sniffed.map(({ host, port }) => ({ name: `${host}:${port}` })),
  ];
}

/** The beginning of a digest: a route that does something else gets another name, so that an old list never refers to a new route. */
function variantName(plan: Plan, { routes: _, ...action }: RouteVariant): string {
  const content = JSON.stringify([pathOf(action), actionOf(plan, action)]);
  return digest(content);
}

/**
 * The header comes first, which only requests have that the filter gave it to. If a later filter removed it, the request's own route comes
 * after this one.
 */
function sharedRoute(plan: Plan, variant: string, action: RouteAction): Message {
  return {
    name: specifierName,
    match: {
      headers: bothClustersNamed,
      filter_state: [{ key: levelClusterState, string_match: { exact: variant } }],
      ...pathOf(action),
    },
    route: { ...actionOf(plan, action), cluster_specifier_plugin: specifierName },
  };
}

/** Any, unless the match is rewritten, because only requests that matched the user's route get here. */
function pathOf({ rewrite }: RouteAction): Message {
  const match: PathMatch = rewrite?.prefix?.match ?? { type: "Prefix", value: "/" };
  const field = { Exact: "path", PathPrefix: "path_separated_prefix", Prefix: "prefix" } as const;
  return { [field[match.type]]: match.value, ...(match.ignoresCase === true ? { case_sensitive: false } : {}) };
}

/**
 * As istiod 1.31 writes the action of a route besides its cluster (networking/core/route: TranslateRoute, BuildDefaultHTTPOutboundRoute).
 */
function actionOf(
  { defaultRetries }: Plan,
  { timeout = "0s", retries, rewrite, isOfGatewayApi }: RouteAction,
): Message {
  const policy = retryPolicy(retries ?? defaultRetries);
  return {
    timeout,
    max_grpc_timeout: timeout,
    ...(policy === undefined ? {} : { retry_policy: policy }),
    ...(rewrite?.authority === undefined ? {} : { host_rewrite_literal: rewrite.authority }),
    ...(rewrite?.regex === undefined
      ? {}
      : { regex_rewrite: { pattern: { regex: rewrite.regex.pattern }, substitution: rewrite.regex.substitution } }),
    ...(rewrite?.prefix === undefined ? {} : { prefix_rewrite: rewrite.prefix.by }),
    ...(isOfGatewayApi === true ? { cluster_not_found_response_code: "INTERNAL_SERVER_ERROR" } : {}),
  };
}
