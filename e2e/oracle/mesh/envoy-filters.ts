// Makes random users' EnvoyFilters: filters and routes that they insert, and fields that they merge.
import type { Json, Thing } from "../protocol.ts";
import { type Place, thing } from "./place.ts";
import type { Random } from "./random.ts";

const manager = "envoy.filters.network.http_connection_manager";
const lua = "type.googleapis.com/envoy.extensions.filters.http.lua.v3.Lua";
const listener = (subFilter?: string): Json => ({
  listener: {
    filterChain: { filter: { name: manager, ...(subFilter === undefined ? {} : { subFilter: { name: subFilter } }) } },
  },
});

const patches: readonly ((random: Random) => Json)[] = [
  (random) => ({
    applyTo: "HTTP_FILTER",
    match: { context: random.pick(["SIDECAR_OUTBOUND", "GATEWAY", "ANY"]), ...listener("envoy.filters.http.router") },
    patch: {
      operation: "INSERT_BEFORE",
      value: {
        name: "theirs.lua",
        typed_config: { "@type": lua, default_source_code: { inline_string: "function envoy_on_request(handle) end" } },
      },
    },
  }),
  (random) => ({
    applyTo: "HTTP_ROUTE",
    match: { context: random.pick(["SIDECAR_OUTBOUND", "GATEWAY"]) },
    patch: {
      operation: random.pick(["INSERT_FIRST", "ADD"]),
      value: { name: "theirs", match: { prefix: "/theirs" }, direct_response: { status: 200 } },
    },
  }),
  () => ({
    applyTo: "VIRTUAL_HOST",
    match: { context: "SIDECAR_OUTBOUND" },
    patch: { operation: "MERGE", value: { response_headers_to_add: [{ header: { key: "x-theirs", value: "1" } }] } },
  }),
  () => ({
    applyTo: "CLUSTER",
    match: { context: "SIDECAR_OUTBOUND" },
    patch: { operation: "MERGE", value: { connect_timeout: "3s" } },
  }),
  () => ({
    applyTo: "ROUTE_CONFIGURATION",
    match: { context: "GATEWAY" },
    patch: { operation: "MERGE", value: { response_headers_to_add: [{ header: { key: "x-gateway", value: "1" } }] } },
  }),
];

/** Merged into users' own routes, which no route list contains. */
const merged: Json = {
  applyTo: "HTTP_ROUTE",
  match: { context: "SIDECAR_OUTBOUND" },
  patch: { operation: "MERGE", value: { route: { timeout: "7s" } } },
};

export function envoyFilters({ random, names, namespaces, rootNamespace }: Place): readonly Thing[] {
  return random.times(0, 2, (index) =>
    thing(
      random,
      {
        apiVersion: "networking.istio.io/v1alpha3",
        kind: "EnvoyFilter",
        name: names.object(`theirs-${index}`),
        namespace: random.pick([...namespaces, rootNamespace]),
      },
      {
        spec: {
          ...random.maybe(0.6, () => ({ priority: random.pick([-10, 0, 100, 2_147_483_646, 2_147_483_647]) })),
          ...random.maybe(0.3, () => ({ workloadSelector: { labels: { app: "client" } } })),
          configPatches: random.chance(0.05) ? [merged] : random.times(1, 2, () => random.pick(patches)(random)),
        },
      },
    ),
  );
}
