// Makes what the control plane renders so that requests can wait in Envoy's own filters, taken from its golden files: the filters behind
// Expedite's, the internal listener that they ask, and its cluster.
import { readFileSync } from "node:fs";

type Json = Readonly<Record<string, unknown>>;
type Listener = Json & { readonly name: string; readonly filter_chains: readonly Chain[] };
type Manager = Json & { readonly http_filters: Json[]; readonly route_config: Json };
type Chain = { readonly filters: readonly { readonly typed_config: Manager }[] };

const golden = new URL(
  "../../control-plane/testdata/requests-wait-at-a-busy-service/envoy/shop.ratings-1.json",
  import.meta.url,
);
const { bootstrap_extensions, static_resources } = JSON.parse(readFileSync(golden, "utf8")) as {
  readonly bootstrap_extensions: readonly Json[];
  readonly static_resources: {
    readonly listeners: readonly Listener[];
    readonly clusters: readonly (Json & { readonly name: string })[];
  };
};

const name = "expedite-queue";
const { listeners, clusters } = static_resources;

/** For a bootstrap, so that it may have internal listeners. */
export const internalListeners: Json = { bootstrap_extensions };

export const queueCluster: Json = clusters.find((cluster) => cluster.name === name) as Json;

const inbound = listeners.find((one) => one.name === "virtualInbound")!.filter_chains[0]!.filters[0]!.typed_config;

/** Fields of the inbound route configuration: the headers that the application does not see. */
export const inboundRoutes: Json = { request_headers_to_remove: inbound.route_config.request_headers_to_remove };

/** The filters behind Expedite's. `longest`: milliseconds that a request waits at most, of any level. */
export function queueFilters(longest: number): readonly Json[] {
  const text = JSON.stringify(inbound.http_filters.slice(1, -1));
  return JSON.parse(text.replace(/"timeout":"[\d.]+s"/, `"timeout":"${longest / 1000 + 1}s"`)) as readonly Json[];
}

/** With another filter in it. */
export function queueListener(filter: Json): Json {
  const listener = structuredClone(listeners.find((one) => one.name === name)) as Listener;
  listener.filter_chains[0]!.filters[0]!.typed_config.http_filters[0] = filter;
  return listener;
}
