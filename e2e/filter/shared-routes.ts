// What stands in front of a virtual host's routes and takes demoted requests to their level's clusters: one route for each variant,
// and the specifier that chooses the cluster. The filter names both in filter/assembly/core/level-cluster.ts.
import { levelClusterHeader, levelClusterState } from "@expedite/filter/config/level-cluster.ts";

type Json = Readonly<Record<string, unknown>>;

const type = (name: string): string => `type.googleapis.com/${name}`;

const plugin = "expedite";

/** The dedicated pods' cluster where the worker has one, else the level's, else exactly the one that the request's own route leads to. */
const script = `function envoy_on_route(route)
  local value = route:headers():get("${levelClusterHeader}") or ""
  local level, original = value:match("^(outbound|[^ ,]*) (outbound|[^ ,]*)")
  if level == nil then return "" end
  local dedicated = "expedite" .. level:sub(9)
  if route:getCluster(dedicated) then return dedicated end
  if route:getCluster(level) then return level end
  return original
end
`;

/** Part of a route configuration whose virtual hosts have shared routes. */
export const specifier: Json = {
  cluster_specifier_plugins: [
    {
      extension: {
        name: plugin,
        typed_config: {
          "@type": type("envoy.extensions.router.cluster_specifiers.lua.v3.LuaConfig"),
          source_code: { inline_string: script },
        },
      },
    },
  ],
};

/** @param action what users' routes of this variant do besides naming a cluster */
export function sharedRoute(variant: string, action: Json): Json {
  // The first condition that most requests fail is the header: Envoy looks at the filter state last.
  const headers = [{ prefix: "outbound|" }, { contains: " outbound|" }];
  return {
    name: "expedite",
    match: {
      prefix: "/",
      headers: headers.map((string_match) => ({ name: levelClusterHeader, string_match })),
      filter_state: [{ key: levelClusterState, string_match: { exact: variant } }],
    },
    route: { ...action, cluster_specifier_plugin: plugin },
    request_headers_to_remove: [levelClusterHeader],
  };
}

/** Looks the route up and does nothing else: directly in front of the filter, so that what Envoy says of the route is of this request. */
export const lookUp: Json = {
  name: "expedite-route",
  typed_config: { "@type": type("envoy.extensions.filters.http.rbac.v3.RBAC") },
};
