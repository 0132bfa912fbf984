// The node agent's Prometheus metrics: events that its reconciles report, and readings from memory.
import { Counter, Gauge, Histogram, Registry } from "prom-client";
import {
  type Failing,
  readMetrics,
  registerFailing,
  registerProcess,
  registerSampled,
  type Values,
} from "./read-metrics.ts";

/** All of them are cheap, because they read memory. */
export type AgentReadings = {
  /** Seconds since the API server last answered. */
  readonly staleness: () => number;
  /** Counts by state: `Active`, or the reason of an inactive link. */
  readonly links: () => Values;
  readonly pods: () => Values;
  /** Open connections that were accepted before answers were marked. */
  readonly connectionsBefore: () => number;
  /** What the links' classes have sent, and the bytes that waited, as the last reconcile read it. */
  readonly classes: () => readonly ClassReading[];
  readonly failing: () => readonly Failing[];
};

type ClassReading = Readonly<Record<"bytes" | "packets" | "drops" | "overlimits" | "backlog", number>> & {
  readonly link: string;
  readonly level: string;
};

export type AgentMetrics = {
  readonly registry: Registry;
  readonly reconciled: (seconds: number, repairs: number) => void;
  readonly failed: () => void;
};

const reconcileSeconds = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

const classMetrics = [
  ["bytes_total", "bytes", "Bytes that a level has sent by a link, with link-layer headers."],
  ["packets_total", "packets", "Packets that a level has sent by a link."],
  ["drops_total", "drops", "Packets of a level that did not fit into its queue."],
  ["overlimits_total", "overlimits", "How often a level had to wait for its turn."],
  ["backlog_bytes", "backlog", "Bytes of a level that waited, at the last reconcile."],
] as const;

export function createAgentMetrics(readings: AgentReadings, version: string): AgentMetrics {
  const registry = new Registry();
  const registers = [registry];
  const duration = new Histogram({
    name: "expedite_agent_reconcile_duration_seconds",
    help: "Duration of a reconcile of the node: reading, changing, and reading back.",
    buckets: reconcileSeconds,
    registers,
  });
  const last = new Gauge({
    name: "expedite_agent_last_reconcile_timestamp_seconds",
    help: "When the last reconcile ended, in seconds since the epoch.",
    registers,
  });
  const failures = new Counter({
    name: "expedite_agent_reconcile_errors_total",
    help: "Reconciles that could not read the node, and are retried.",
    registers,
  });
  const repairs = new Counter({
    name: "expedite_agent_repairs_total",
    help: "Links and pods that another program had changed, and that were repaired.",
    registers,
  });
  const { single, labelled } = readMetrics(registry);
  const links = "Links of the node by state: Active, or the reason why one is inactive.";
  labelled("expedite_agent_links", links, "state", readings.links);
  const pods = "Pods whose packets or answers are marked, by state: Active, or the reason why one is not.";
  labelled("expedite_agent_pods", pods, "state", readings.pods);
  single(
    "expedite_agent_connections_before",
    "Open connections that were accepted before answers were marked, so that a rule has to mark their answers.",
    readings.connectionsBefore,
  );
  for (const [name, field, help] of classMetrics)
    registerSampled(registry, {
      ...{ name: `expedite_agent_class_${name}`, help, labelNames: ["link", "level"] },
      read: () =>
        readings.classes().map((one) => ({ labels: { link: one.link, level: one.level }, value: one[field] })),
    });
  single("expedite_staleness_seconds", "Age of the stalest watch. Up to 150 s is normal.", readings.staleness);
  registerFailing(registry, readings.failing);
  registerProcess(registry, "agent", version);
  return {
    registry,
    reconciled: (seconds, repaired) => {
      duration.observe(seconds);
      last.set(Date.now() / 1000);
      repairs.inc(repaired);
    },
    failed: () => failures.inc(),
  };
}
