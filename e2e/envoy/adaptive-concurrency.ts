// Envoy's own filter that finds a limit of requests from the latency, and refuses what is above it.

export type HttpFilter = {
  readonly name: string;
  readonly typed_config: object;
};

/** The values are those of the example in Envoy's documentation of the filter. `minRtt`: further ones, of min_rtt_calc_params. */
export const adaptiveConcurrency = (minRtt: object): HttpFilter => ({
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
