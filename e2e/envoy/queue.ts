// Makes what the control plane renders so that requests can wait in Envoy's own filters, taken from its golden files: the filters behind
// Expedite's, the internal listener that they ask, and its cluster.
import { readFileSync } from "node:fs";

type Json = Readonly<Record<string, unknown>>;
type Listener = Json & { readonly name: string; readonly filter_chains: readonly Chain[] };
type Chain = {
  readonly filters: readonly { readonly typed_config: Json & { readonly http_filters: readonly Json[] } }[];
};

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

function httpFilters(listener: string): readonly Json[] {
  const found = listeners.find((one) => one.name === listener);
  return found?.filter_chains[0]?.filters[0]?.typed_config.http_filters ?? [];
}

/** The filters behind Expedite's. `longest`: milliseconds that a request waits at most, of any level. */
export function queueFilters(longest: number): readonly Json[] {
  const text = JSON.stringify(httpFilters("virtualInbound").slice(1, -1));
  return JSON.parse(text.replace(/"timeout":"[\d.]+s"/, `"timeout":"${longest / 1000 + 1}s"`)) as readonly Json[];
}

/** With another filter in it. */
export function queueListener(filter: Json): Json {
  const listener = structuredClone(listeners.find((one) => one.name === name)) as Listener;
  const { http_filters } = listener.filter_chains[0]!.filters[0]!.typed_config as { http_filters: Json[] };
  http_filters[0] = filter;
  return listener;
}
