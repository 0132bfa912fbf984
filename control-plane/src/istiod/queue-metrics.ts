// Reads from a sidecar's metrics what its request queue does.
import type { LevelTotals } from "../core/queue-report.ts";
import { proxyMetrics } from "./proxy-metrics.ts";

export type QueueSample = {
  readonly inFlight: number;
  readonly late: number;
  /** Requests that the application works on at once, as the sidecar found; absent if the limit is fixed, or not yet known. */
  readonly limit?: number;
  /** By level; a level of which nothing was counted yet is absent. */
  readonly levels: ReadonlyMap<string, LevelSample>;
};

type LevelSample = LevelTotals & { readonly waits: WaitHistogram };

export type WaitHistogram = {
  readonly count: number;
  /** Milliseconds. */
  readonly sum: number;
  /** How many waited at most so many milliseconds. */
  readonly buckets: ReadonlyMap<number, number>;
};

const pattern = "^wasmcustom\\.expedite\\.inbound\\.queue\\..*$";

/** Undefined if the pod can't be reached, or has no queue. Never throws. */
export function queueSample(address: string): Promise<QueueSample | undefined> {
  return proxyMetrics(address, pattern, queueSampleOf);
}

/** In the Prometheus format, Envoy omits the namespace of Wasm metrics, and a name has no hyphen. */
const line = /^(?:envoy_wasmcustom_)?expedite_inbound_queue_(\w+?)(?:\{([^}]*)\})? (-?[\d.e+]+)$/gm;

export function queueSampleOf(text: string): QueueSample | undefined {
  const found = [...text.matchAll(line)].map(([, name = "", labels = "", value]) => ({
    name,
    bound: /(?:^|,)le="([^"]+)"/.exec(labels)?.[1],
    // A gauge below zero is one of several workers' that others will make up for.
    value: Math.max(0, Number(value)),
  }));
  const inFlight = found.find(({ name }) => name === "in_flight")?.value;
  if (inFlight === undefined) return undefined;
  const levels = new Map<string, LevelSample>();
  for (const { name, bound, value } of found) {
    const [, what = "", metricLevel = ""] = /^(length|forwarded|rejected|wait_ms)_(.+)$/.exec(name) ?? [];
    const suffix = what === "wait_ms" ? /_(bucket|sum|count)$/.exec(metricLevel) : null;
    const level = metricLevel.slice(0, metricLevel.length - (suffix?.[0].length ?? 0)).replaceAll("_", "-");
    if (level === "") continue;
    const before = levels.get(level) ?? nothing;
    levels.set(level, { ...before, ...changed(before, { what, part: suffix?.[1], bound, value }) });
  }
  const limit = found.find(({ name }) => name === "limit")?.value ?? 0;
  return {
    inFlight,
    late: found.find(({ name }) => name === "late")?.value ?? 0,
    ...(limit === 0 ? {} : { limit }),
    levels,
  };
}

const noWaits: WaitHistogram = { count: 0, sum: 0, buckets: new Map() };
const nothing: LevelSample = { waiting: 0, forwarded: 0, rejected: 0, waits: noWaits };

type Reading = {
  readonly what: string;
  /** Of a histogram. */
  readonly part: string | undefined;
  readonly bound: string | undefined;
  readonly value: number;
};

function changed({ waits }: LevelSample, { what, part, bound, value }: Reading): Partial<LevelSample> {
  if (what === "length") return { waiting: value };
  if (what === "forwarded") return { forwarded: value };
  if (what === "rejected") return { rejected: value };
  if (part === "count") return { waits: { ...waits, count: value } };
  if (part === "sum") return { waits: { ...waits, sum: value } };
  if (part !== "bucket" || bound === undefined || bound === "+Inf") return {};
  return { waits: { ...waits, buckets: new Map([...waits.buckets, [Number(bound), value]]) } };
}
