// In: functions that read memory. Out: metrics that call them when they are asked for, and never in between.

import { Counter, Gauge, type Registry } from "prom-client";
import { proxyStates } from "../core/proxy-state.ts";

export type ReflectorCounts = {
  readonly relists: number;
  /** Watches that were opened again after a failure. */
  readonly restarts: number;
  /** Changes that only a relist showed. */
  readonly missed: number;
};

/** All cheap: they read memory. */
export type Readings = {
  /** Seconds since the API server was last heard of. */
  readonly staleness: () => number;
  readonly isLeader: () => boolean;
  readonly synced: () => boolean;
  /** Kind → how many of it the controller knows. */
  readonly objects: () => Readonly<Record<string, number>>;
  readonly proxies: () => Readonly<Record<(typeof proxyStates)[number], number>>;
  /** Kind → of its reflector, since the start. */
  readonly reflectors: () => Readonly<Record<string, ReflectorCounts>>;
};

type Values = Readonly<Record<string, number>>;

export function registerReadings(registry: Registry, readings: Readings, version: string): void {
  const single = (name: string, help: string, read: () => number): void => {
    const metric: Gauge = new Gauge({ name, help, registers: [registry], collect: () => metric.set(read()) });
  };
  const labelled = (name: string, help: string, label: string, read: () => Values): void => {
    const Kind = name.endsWith("_total") ? Counter : Gauge;
    const collect = (): void => {
      // What is gone leaves no last value behind.
      metric.reset();
      for (const [value, count] of Object.entries(read())) metric.inc({ [label]: value }, count);
    };
    const metric: Counter | Gauge = new Kind({ name, help, labelNames: [label], registers: [registry], collect });
  };
  const counted = (field: keyof ReflectorCounts) => (): Values =>
    Object.fromEntries(Object.entries(readings.reflectors()).map(([kind, counts]) => [kind, counts[field]]));

  const { staleness, isLeader, synced, objects, proxies } = readings;
  single("expedite_leader", "1: this replica writes.", () => Number(isLeader()));
  single("expedite_synced", "1: everything was listed once.", () => Number(synced()));
  const stale = "Since the API server was last heard of, of the watch that waits longest: up to 40 where it is well.";
  single("expedite_staleness_seconds", stale, staleness);
  labelled("expedite_objects", "Objects that the controller knows.", "kind", objects);
  labelled("expedite_proxies", `Proxies of enrolled namespaces: ${proxyStates.join(", ")}.`, "state", proxies);
  labelled("expedite_reflector_relists_total", "Full lists, the first included.", "kind", counted("relists"));
  labelled("expedite_reflector_restarts_total", "Watches opened again after a failure.", "kind", counted("restarts"));
  labelled("expedite_reflector_missed_total", "Changes that only a relist showed.", "kind", counted("missed"));
  labelled("expedite_build_info", "1, of the version that runs.", "version", () => ({ [version]: 1 }));
  // By the names that dashboards know. The library's own set keeps timers that cost an idle program its rest.
  single("process_resident_memory_bytes", "Resident memory.", () => process.memoryUsage.rss());
  single("process_start_time_seconds", "Since the epoch.", () => Date.now() / 1000 - process.uptime());
  labelled("process_cpu_seconds_total", "Time on the processor.", "mode", () => {
    const { user, system } = process.cpuUsage();
    return { user: user / 1e6, system: system / 1e6 };
  });
}
