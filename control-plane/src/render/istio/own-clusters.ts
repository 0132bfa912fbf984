// In: the ports whose Services have the mesh's default routes. Out: for each one route, in front of all others, that takes a call to
// its level's cluster where the filter named one (filter/assembly/core/own-cluster.ts): as many patches as ports, for any number of Services.
import { leftAloneKey, levelClusterHeader, levelClusterState } from "@expedite/filter/config/level-cluster.ts";
import type { Plan } from "../../core/plan.ts";
import { specifierName } from "../envoy/level-route.ts";
import { any, type Message } from "../envoy/types.ts";
import { type ConfigPatch, configPatch } from "./envoy-filter.ts";

/**
 * The cluster that the filter named (of several values the first), or the Service's own where this worker lacks it: clusters may come
 * and go in any order. Nothing in it can fail. A Lua state costs each thread some 60 kB, so there is one for a route configuration,
 * and none where Services have route configurations of their own (translate/plain-hosts.ts).
 */
const script = `function envoy_on_route(route)
  local own = (route:headers():get("${levelClusterHeader}") or ""):match("^outbound|%d+|expedite%-[^|,]+|[^|,]+")
  if own == nil then return "" end
  if route:getCluster(own) then return own end
  return (own:gsub("|expedite%-[^|]+|", "||", 1))
end
`;

/** What istiod 1.31 gives a default route besides its cluster (core/route, BuildDefaultHTTPOutboundRoute), unless the mesh says otherwise. */
const istiosDefault: Message = {
  timeout: "0s",
  max_grpc_timeout: "0s",
  retry_policy: {
    retry_on: "connect-failure,refused-stream,unavailable,cancelled,retriable-status-codes",
    num_retries: 2,
    retry_host_predicate: [
      {
        name: "envoy.retry_host_predicates.previous_hosts",
        typed_config: any("envoy.extensions.retry.host.previous_hosts.v3.PreviousHostsPredicate", {}),
      },
    ],
    host_selection_retry_max_attempts: "5",
  },
};

export function ownClusterPatches(plan: Plan, ports: readonly number[]): readonly ConfigPatch[] {
  if (ports.length === 0) return [];
  const removal = { request_headers_to_remove: [levelClusterHeader] };
  return [
    // Everywhere: where no route of ours is, the name of a cluster is nobody's business either.
    configPatch("ROUTE_CONFIGURATION", "SIDECAR_OUTBOUND", {}, "MERGE", removal),
    ...ports.flatMap((portNumber) => {
      const match = { routeConfiguration: { portNumber } };
      return [
        configPatch("ROUTE_CONFIGURATION", "SIDECAR_OUTBOUND", match, "MERGE", {
          cluster_specifier_plugins: [specifier],
        }),
        configPatch("HTTP_ROUTE", "SIDECAR_OUTBOUND", match, "INSERT_FIRST", route(plan)),
      ];
    }),
  ];
}

/** A default route says for whom it hashes, or which session it keeps: the filter leaves those alone that have the mark. */
export function apartPatches({ apart }: Plan, plainPorts: readonly number[]): readonly ConfigPatch[] {
  return apart.flatMap(({ host, ports = plainPorts }) =>
    ports
      .filter((port) => plainPorts.includes(port))
      .map((port) =>
        configPatch(
          "HTTP_ROUTE",
          "SIDECAR_OUTBOUND",
          { routeConfiguration: { vhost: { name: `${host}:${port}` } } },
          "MERGE",
          { metadata: leftAlone },
        ),
      ),
  );
}

/** Of a route that the filter leaves alone. */
export const leftAlone: Message = { filter_metadata: { [leftAloneKey]: { shared: false } } };

const specifier: Message = {
  extension: {
    name: specifierName,
    typed_config: any("envoy.extensions.router.cluster_specifiers.lua.v3.LuaConfig", {
      source_code: { inline_string: script },
    }),
  },
};

const levelsCluster = "outbound\\|[0-9]+\\|expedite-[^|,]+\\|[^|,]+";

/** Where something behind the filter removed or wrote the header, the request's own route is behind this one. */
function route({ defaultRoute = istiosDefault }: Plan): Message {
  return {
    name: specifierName,
    match: {
      prefix: "/",
      headers: [{ name: levelClusterHeader, string_match: { safe_regex: { regex: levelsCluster } } }],
      filter_state: [{ key: levelClusterState, string_match: { exact: "1" } }],
    },
    route: { ...defaultRoute, cluster_specifier_plugin: specifierName },
  };
}
