// Adds Envoy's own adaptive_concurrency to a sidecar's inbound listener: what a user of Envoy has without Expedite. It finds a limit from
// the latency, and refuses what is above it, whoever waits for it.
import { adaptiveConcurrency, type HttpFilter } from "../../envoy/adaptive-concurrency.ts";

interface Bootstrap {
  readonly static_resources: {
    readonly listeners: readonly {
      readonly name: string;
      readonly filter_chains: readonly {
        readonly filters: readonly { readonly typed_config: { readonly http_filters: HttpFilter[] } }[];
      }[];
    }[];
  };
}

/** @returns a copy of the bootstrap with the filter before the others of the listener `virtualInbound` */
export function withAdaptiveConcurrency(bootstrap: unknown): unknown {
  const copy = structuredClone(bootstrap) as Bootstrap;
  const filter = adaptiveConcurrency({ jitter: { value: 10 } });
  const inbound = copy.static_resources.listeners.filter(({ name }) => name === "virtualInbound");
  for (const { filters } of inbound.flatMap(({ filter_chains }) => filter_chains))
    for (const { typed_config } of filters) typed_config.http_filters.unshift(filter);
  return copy;
}
