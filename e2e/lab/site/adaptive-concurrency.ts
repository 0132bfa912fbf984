// Adds Envoy's own adaptive_concurrency to a sidecar's inbound listener: what a user of Envoy has without Expedite. It finds a limit from
// the latency, and refuses what is above it, whoever waits for it.

interface Filter {
  readonly name: string;
  readonly typed_config: object;
}

interface Bootstrap {
  readonly static_resources: {
    readonly listeners: readonly {
      readonly name: string;
      readonly filter_chains: readonly {
        readonly filters: readonly { readonly typed_config: { readonly http_filters: Filter[] } }[];
      }[];
    }[];
  };
}

/** The values are those of the example in Envoy's documentation of the filter. `minRtt`: further ones, of min_rtt_calc_params. */
export const adaptiveConcurrency = (minRtt: object): Filter => ({
  name: "envoy.filters.http.adaptive_concurrency",
  typed_config: {
    "@type": "type.googleapis.com/envoy.extensions.filters.http.adaptive_concurrency.v3.AdaptiveConcurrency",
    gradient_controller_config: {
      sample_aggregate_percentile: { value: 90 },
      concurrency_limit_params: { concurrency_update_interval: "0.1s" },
      min_rtt_calc_params: { interval: "60s", request_count: 50, ...minRtt },
    },
    enabled: { default_value: true, runtime_key: "adaptive_concurrency.enabled" },
  },
});

/** @returns a copy of the bootstrap with the filter before the others of the listener `virtualInbound` */
export function withAdaptiveConcurrency(bootstrap: unknown): unknown {
  const copy = structuredClone(bootstrap) as Bootstrap;
  const filter = adaptiveConcurrency({ jitter: { value: 10 } });
  const inbound = copy.static_resources.listeners.filter(({ name }) => name === "virtualInbound");
  for (const { filters } of inbound.flatMap(({ filter_chains }) => filter_chains))
    for (const { typed_config } of filters) typed_config.http_filters.unshift(filter);
  return copy;
}
