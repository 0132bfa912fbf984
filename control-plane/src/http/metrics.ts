// In: what the loop reports, and what can be read of the world. Out: a registry of Prometheus metrics.
import { Counter, Histogram, Registry } from "prom-client";
import { type Readings, registerReadings } from "./readings.ts";

/** What happens, as it happens. */
export type Metrics = {
  readonly registry: Registry;
  /** `seconds`: of one turn of the loop. */
  reconciled(seconds: number, failed: boolean): void;
  /** A write to the API server. `verb`: apply, remove or status. */
  wrote(verb: string, kind: string, failed: boolean): void;
};

const turnSeconds = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

export function createMetrics(readings: Readings, version: string): Metrics {
  const registry = new Registry();
  const registers = [registry];
  const turns = new Histogram({
    name: "expedite_loop_duration_seconds",
    help: "Turns of the loop: from the world as it is to the next writes. Nothing is waited for within one.",
    buckets: turnSeconds,
    registers,
  });
  const failedTurns = new Counter({
    name: "expedite_loop_errors_total",
    help: "Turns of the loop that failed and are tried again.",
    registers,
  });
  const labelNames = ["verb", "kind"];
  const writes = new Counter({
    name: "expedite_writes_total",
    help: "Writes to the API server; none where nothing changed.",
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
      turns.observe(seconds);
      if (failed) failedTurns.inc();
    },
    wrote: (verb, kind, failed) => {
      writes.inc({ verb, kind });
      if (failed) failedWrites.inc({ verb, kind });
    },
  };
}
