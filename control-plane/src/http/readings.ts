// Metrics of the controller that are read from memory when Prometheus scrapes them, and only then.
import type { Registry } from "prom-client";
import { proxyStates } from "../core/proxy-state.ts";
import {
  type Failing,
  readMetrics,
  registerFailing,
  registerProcess,
  registerSampled,
  type Values,
} from "./read-metrics.ts";

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
  /** The RequestQueues in force, with the requests that each of their pods works on at once. */
  readonly queues: () => readonly { readonly namespace: string; readonly name: string; readonly limit: number }[];
  /** Resources that cannot be listed or watched now. */
  readonly failing: () => readonly Failing[];
};

export function registerReadings(registry: Registry, readings: Readings, version: string): void {
  const { single, labelled } = readMetrics(registry);
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
  registerSampled(registry, {
    name: "expedite_request_queue_limit",
    help: "Requests that each pod of a RequestQueue works on at once; of a limit that adapts, its maximum. Only the leader knows it.",
    labelNames: ["namespace", "queue"],
    read: () =>
      readings.queues().map(({ namespace, name, limit }) => ({ labels: { namespace, queue: name }, value: limit })),
  });
  registerFailing(registry, readings.failing);
  const lists = "Full lists of a resource, including the first.";
  labelled("expedite_reflector_relists_total", lists, "resource", counted("relists"));
  const restarts = "Watches that were opened again after a failure.";
  labelled("expedite_reflector_restarts_total", restarts, "resource", counted("restarts"));
  const missed = "Changes that no watch reported and a later list showed.";
  labelled("expedite_reflector_missed_total", missed, "resource", counted("missed"));
  registerProcess(registry, "controller", version);
}
