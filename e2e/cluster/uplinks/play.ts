// Plays both levels over both uplinks at fixed rates, and gives each level's latencies.
import type { Cluster } from "../../kubernetes/running-cluster.ts";
import { quantile } from "../../measure/statistics.ts";
import { type FixedRate, failures, type Recorded, whileLoaded } from "../fixed-rate.ts";

/** Bytes of an answer, and requests per second: batch takes 61 % of a cable, interactive 4 %. */
const sizes = { interactive: { bytes: 10_000, perSecond: 50 }, batch: { bytes: 250_000, perSecond: 30 } };

export type Level = keyof typeof sizes;

const path = { interactive: "/home", batch: "/export/all" };

/** From a caller to the front of its node, which calls the other node's store: those answers leave by the store's uplink. */
const load = (level: Level, from: "n1" | "n2"): FixedRate => ({
  url: `http://front-${from}.bookinfo:9080${path[level]}?bytes=${sizes[level].bytes}`,
  perSecond: sizes[level].perSecond,
  from,
});

const loads = {
  interactiveN1: load("interactive", "n1"),
  interactiveN2: load("interactive", "n2"),
  batchN1: load("batch", "n1"),
  batchN2: load("batch", "n2"),
};

export type Played = {
  readonly requests: number;
  readonly failed: number;
  /** The first few. */
  readonly errors: readonly string[];
  /** Milliseconds, of both directions together. */
  readonly p50: number;
  readonly p99: number;
};

/** Milliseconds at the beginning that don't count: connections are opened. */
const warmUp = 2_000;

export async function play(cluster: Cluster, millis: number): Promise<Readonly<Record<Level, Played>>> {
  const recorded = await whileLoaded(cluster, loads, () => new Promise((resolve) => setTimeout(resolve, millis)));
  return {
    interactive: playedOf([recorded.interactiveN1, recorded.interactiveN2]),
    batch: playedOf([recorded.batchN1, recorded.batchN2]),
  };
}

function playedOf(recorded: readonly Recorded[]): Played {
  const times = recorded
    .flatMap(({ requests }) => {
      const begin = (requests[0]?.start ?? 0) + warmUp;
      return requests.filter(({ start, status }) => start >= begin && status === 200);
    })
    .map(({ tookMillis }) => tookMillis)
    .sort((a, b) => a - b);
  const failed = recorded.flatMap(failures).length;
  return {
    requests: recorded.reduce((sum, { requests }) => sum + requests.length, 0),
    failed,
    errors: recorded.flatMap(({ errors }) => errors),
    p50: quantile(times, 0.5),
    p99: quantile(times, 0.99),
  };
}
