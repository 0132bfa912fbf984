// Metrics that are read from memory when Prometheus scrapes them, and only then.

import { Counter, Gauge, type Registry } from "prom-client";
import { proxyStates } from "../core/proxy-state.ts";

type ReflectorCounts = {
  readonly relists: number;
  /** Watches that were opened again after a failure. */
  readonly restarts: number;
  /** Changes that no watch reported and a later list showed. */
  readonly missed: number;
};

/** All of them are cheap, because they read memory. */
export type Readings = {
  /** Seconds since the API server last answered. */
  readonly staleness: () => number;
  readonly isLeader: () => boolean;
  readonly synced: () => boolean;
  /** Number of objects that the controller has in memory, by resource as kubectl names it. */
  readonly objects: () => Readonly<Record<string, number>>;
  readonly proxies: () => Readonly<Record<(typeof proxyStates)[number], number>>;
  /** Counts of each resource's reflector since the start. */
  readonly reflectors: () => Readonly<Record<string, ReflectorCounts>>;
  /** Resources that cannot be listed or watched now. */
  readonly failing: () => readonly { readonly resource: string; readonly cause: string }[];
};

type Values = Readonly<Record<string, number>>;

export function registerReadings(registry: Registry, readings: Readings, version: string): void {
  const single = (name: string, help: string, read: () => number): void => {
    const metric: Gauge = new Gauge({ name, help, registers: [registry], collect: () => metric.set(read()) });
  };
  const labelled = (name: string, help: string, label: string, read: () => Values): void => {
    const Kind = name.endsWith("_total") ? Counter : Gauge;
    const collect = (): void => {
      // Removes the last value of something that no longer exists.
      metric.reset();
      for (const [value, count] of Object.entries(read())) metric.inc({ [label]: value }, count);
    };
    const metric: Counter | Gauge = new Kind({ name, help, labelNames: [label], registers: [registry], collect });
  };
  const counted = (field: keyof ReflectorCounts) => (): Values =>
    Object.fromEntries(Object.entries(readings.reflectors()).map(([resource, counts]) => [resource, counts[field]]));

  const { staleness, isLeader, synced, objects, proxies } = readings;
  single("expedite_leader", "1 if this replica leads and therefore writes, else 0.", () => Number(isLeader()));
  single("expedite_synced", "1 once every kind has been listed, else 0.", () => Number(synced()));
  single("expedite_staleness_seconds", "Age of the stalest watch. Up to 40 s is normal.", staleness);
  labelled("expedite_objects", "Objects that the controller has in memory.", "resource", objects);
  labelled(
    "expedite_proxies",
    `Proxies of enrolled namespaces, by state: ${proxyStates.join(", ")}.`,
    "state",
    proxies,
  );
  registerFailing(registry, readings.failing);
  const lists = "Full lists of a resource, including the first.";
  labelled("expedite_reflector_relists_total", lists, "resource", counted("relists"));
  const restarts = "Watches that were opened again after a failure.";
  labelled("expedite_reflector_restarts_total", restarts, "resource", counted("restarts"));
  const missed = "Changes that no watch reported and a later list showed.";
  labelled("expedite_reflector_missed_total", missed, "resource", counted("missed"));
  labelled("expedite_build_info", "Always 1; the label is the running version.", "version", () => ({ [version]: 1 }));
  // Under the usual names, for dashboards. The library's own default metrics keep timers that wake an idle program.
  single("process_resident_memory_bytes", "Resident memory of the controller.", () => process.memoryUsage.rss());
  const start = "Start time of the controller, in seconds since the epoch.";
  single("process_start_time_seconds", start, () => Date.now() / 1000 - process.uptime());
  labelled("process_cpu_seconds_total", "CPU time that the controller has used.", "mode", () => {
    const { user, system } = process.cpuUsage();
    return { user: user / 1e6, system: system / 1e6 };
  });
}

function registerFailing(registry: Registry, failing: Readings["failing"]): void {
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
