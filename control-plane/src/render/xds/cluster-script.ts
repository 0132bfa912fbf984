// The Lua script with which a shared route chooses its cluster (docs/adr/0025-proven-routes.md).
import { levelClusterHeader } from "@expedite/filter/config/level-cluster.ts";
import { any, type Message } from "./message.ts";
import { aggregates, originals, specifierName } from "./names.ts";

/**
 * The header has the level's cluster, a space, and the cluster of the request's own route. The script takes the first of these that this
 * worker has: the aggregate for the level's cluster if a Service has pods dedicated to the level, the level's cluster, the original.
 * Clusters may be added and removed in any order, and nothing in it can fail. A Lua state costs each thread some 60 kB, one for each route
 * configuration.
 */
const script = `function envoy_on_route(route)
  local named = route:headers():get("${levelClusterHeader}") or ""
  local level = named:match("^${originals}(|[^ ,]+)") or ""
  if route:getCluster("${aggregates}" .. level) then return "${aggregates}" .. level end
  if route:getCluster("${originals}" .. level) then return "${originals}" .. level end
  return named:match(" (${originals}|[^ ,]+)") or ""
end
`;

export const clusterSpecifier: Message = {
  extension: {
    name: specifierName,
    typed_config: any("envoy.extensions.router.cluster_specifiers.lua.v3.LuaConfig", {
      source_code: { inline_string: script },
    }),
  },
};

/** Matches only a request to which the filter gave both clusters. */
export const bothClustersNamed: readonly Message[] = [
  { name: levelClusterHeader, string_match: { prefix: `${originals}|` } },
  { name: levelClusterHeader, string_match: { contains: ` ${originals}|` } },
];
