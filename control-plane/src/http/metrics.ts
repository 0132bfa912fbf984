// The controller's Prometheus metrics: events that the reconciler reports, and readings from memory.
import { Counter, Histogram, Registry } from "prom-client";
import { type Readings, registerReadings } from "./readings.ts";

export type Metrics = {
  readonly registry: Registry;
  /** `seconds`: how long one reconcile took. */
  reconciled(seconds: number, failed: boolean): void;
  /** A write to the API server. `verb`: apply, remove or status. */
  wrote(verb: string, kind: string, failed: boolean): void;
};

const reconcileSeconds = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

export function createMetrics(readings: Readings, version: string): Metrics {
  const registry = new Registry();
  const registers = [registry];
  const reconciles = new Histogram({
    name: "expedite_reconcile_duration_seconds",
    help: "Duration of a reconcile: reading, deciding and starting the next writes, without waiting for them.",
    buckets: reconcileSeconds,
    registers,
  });
  const failedReconciles = new Counter({
    name: "expedite_reconcile_errors_total",
    help: "Reconciles that failed and are retried.",
    registers,
  });
  const labelNames = ["verb", "kind"];
  const writes = new Counter({
    name: "expedite_writes_total",
    help: "Writes that the controller sent to the API server.",
    labelNames,
    registers,
  });
  const failedWrites = new Counter({
    name: "expedite_write_errors_total",
    help: "Writes that the API server refused or did not answer.",
    labelNames,
    registers,
  });
  registerReadings(registry, readings, version);
  return {
    registry,
    reconciled: (seconds, failed) => {
      reconciles.observe(seconds);
      if (failed) failedReconciles.inc();
    },
    wrote: (verb, kind, failed) => {
      writes.inc({ verb, kind });
      if (failed) failedWrites.inc({ verb, kind });
    },
  };
}
