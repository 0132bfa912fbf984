// Reads from a proxy's metrics whether the filter runs in it.
import { workersMetric } from "@expedite/filter/config/ticks.ts";
import type { FilterSample } from "../reconcile/ports.ts";
import { proxyMetrics } from "./proxy-metrics.ts";

const pattern = "^(server\\.concurrency|wasmcustom\\.expedite\\..*ticks.*)$";

/** Undefined if the pod can't be reached, or its metrics lack the number of workers. Never throws. */
export function filterSample(address: string): Promise<FilterSample | undefined> {
  return proxyMetrics(address, pattern, sampleOf);
}

/** In the Prometheus format, Envoy omits the namespace of Wasm metrics. */
const line = /^(?:envoy_wasmcustom_)?expedite_(inbound|outbound|gateway)_ticks_([0-9a-f]{16})(?:\{[^}]*\})? (\d+)/gm;

export function sampleOf(text: string): FilterSample | undefined {
  const name = workersMetric.replaceAll(".", "_");
  const workers = new RegExp(`^envoy_${name}(?:\\{[^}]*\\})? (\\d+)`, "m").exec(text)?.[1];
  if (workers === undefined) return undefined;
  const ticks = [...text.matchAll(line)].map(([, role, hash, value]) => [
    `wasmcustom.expedite.${role}.ticks.${hash}`,
    Number(value),
  ]);
  return { workers: Number(workers), ticks: Object.fromEntries(ticks) };
}
