// Makes metrics that are read when Prometheus scrapes them, and those that every program has: its process, and failing watches.
import { Counter, Gauge, type Registry } from "prom-client";

export type Values = Readonly<Record<string, number>>;

/** A resource that cannot be listed or watched now. */
export type Failing = { readonly resource: string; readonly cause: string };

export function readMetrics(registry: Registry) {
  return {
    single: (name: string, help: string, read: () => number): void => {
      const metric: Gauge = new Gauge({ name, help, registers: [registry], collect: () => metric.set(read()) });
    },
    labelled: (name: string, help: string, label: string, read: () => Values): void => {
      const Kind = name.endsWith("_total") ? Counter : Gauge;
      const collect = (): void => {
        // Removes the last value of something that no longer exists.
        metric.reset();
        for (const [value, count] of Object.entries(read())) metric.inc({ [label]: value }, count);
      };
      const metric: Counter | Gauge = new Kind({ name, help, labelNames: [label], registers: [registry], collect });
    },
  };
}

export function registerFailing(registry: Registry, failing: () => readonly Failing[]): void {
  const metric: Gauge = new Gauge({
    name: "expedite_watch_failing",
    help: "1 for each resource that cannot be listed or watched now. The log has the remedy.",
    labelNames: ["resource", "cause"],
    registers: [registry],
    collect: () => {
      metric.reset();
      for (const labels of failing()) metric.set(labels, 1);
    },
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
