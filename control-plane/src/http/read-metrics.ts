// Makes metrics that are read when Prometheus scrapes them, and those that every program has: its process, and failing watches.
import { Counter, Gauge, type Registry } from "prom-client";

export type Values = Readonly<Record<string, number>>;

/** A resource that cannot be listed or watched now. */
export type Failing = { readonly resource: string; readonly cause: string };

/** A value with its labels. */
type Sample = { readonly labels: Readonly<Record<string, string>>; readonly value: number };

export type SampledMetric = {
  /** A counter, if it ends in `_total`; else a gauge. */
  readonly name: string;
  readonly help: string;
  readonly labelNames: readonly string[];
  readonly read: () => readonly Sample[];
};

export function registerSampled(registry: Registry, { name, help, labelNames, read }: SampledMetric): void {
  const Kind = name.endsWith("_total") ? Counter : Gauge;
  const collect = (): void => {
    // Removes the last value of something that no longer exists.
    metric.reset();
    for (const { labels, value } of read()) metric.inc(labels, value);
  };
  const metric: Counter | Gauge = new Kind({ name, help, labelNames: [...labelNames], registers: [registry], collect });
}

export function readMetrics(registry: Registry) {
  return {
    single: (name: string, help: string, read: () => number): void => {
      const metric: Gauge = new Gauge({ name, help, registers: [registry], collect: () => metric.set(read()) });
    },
    labelled: (name: string, help: string, label: string, read: () => Values): void => {
      const samples = () => Object.entries(read()).map(([key, value]) => ({ labels: { [label]: key }, value }));
      registerSampled(registry, { name, help, labelNames: [label], read: samples });
    },
  };
}

export function registerFailing(registry: Registry, failing: () => readonly Failing[]): void {
  registerSampled(registry, {
    name: "expedite_watch_failing",
    help: "1 for each resource that cannot be listed or watched now. The log has the remedy.",
    labelNames: ["resource", "cause"],
    read: () => failing().map((labels) => ({ labels, value: 1 })),
  });
}

/** Under the usual names, for dashboards. The library's own default metrics keep timers that wake an idle program. */
export function registerProcess(registry: Registry, program: string, version: string): void {
  const { single, labelled } = readMetrics(registry);
  labelled("expedite_build_info", "Always 1; the label is the running version.", "version", () => ({ [version]: 1 }));
  single("process_resident_memory_bytes", `Resident memory of the ${program}.`, () => process.memoryUsage.rss());
  const start = `Start time of the ${program}, in seconds since the epoch.`;
  single("process_start_time_seconds", start, () => Date.now() / 1000 - process.uptime());
  labelled("process_cpu_seconds_total", `CPU time that the ${program} has used.`, "mode", () => {
    const { user, system } = process.cpuUsage();
    return { user: user / 1e6, system: system / 1e6 };
  });
}
