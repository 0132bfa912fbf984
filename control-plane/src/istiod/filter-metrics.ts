// Reads from a proxy's metrics whether the filter runs in it. The port for metrics is open even with STRICT mTLS.
import { workersMetric } from "@expedite/filter/config/ticks.ts";
import type { FilterSample } from "../reconcile/ports.ts";
import { get } from "./http-get.ts";

/** Envoy's own port, which accepts a filter, and the agent's, which adds the application's metrics. */
const sources = [
  {
    port: 15_090,
    query: `?filter=${encodeURIComponent("^(server\\.concurrency|wasmcustom\\.expedite\\..*ticks.*)$")}`,
  },
  { port: 15_020, query: "" },
] as const;
/** Milliseconds for both. */
const longest = 2_000;
/** More than anyone's metrics should have. */
const maxBytes = 8_000_000;

/** Undefined if the pod can't be reached (a NetworkPolicy, a terminating pod), or its metrics lack the number of workers. Never throws. */
export async function filterSample(address: string): Promise<FilterSample | undefined> {
  const host = address.includes(":") ? `[${address}]` : address;
  const signal = AbortSignal.timeout(longest);
  for (const { port, query } of sources)
    try {
      const { status, text } = await get(`http://${host}:${port}/stats/prometheus${query}`, { signal, maxBytes });
      const sample = status === 200 ? sampleOf(text) : undefined;
      if (sample !== undefined) return sample;
    } catch {
      if (signal.aborted) return undefined;
    }
  return undefined;
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
