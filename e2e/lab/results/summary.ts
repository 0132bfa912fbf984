// Computes the latencies of each arm, and each arm's gain. Pure.

import { cpuBoundShare } from "../../measure/cpu.ts";
import { baselineOf } from "../arms.ts";
import { classes, type RequestClass } from "../classes.ts";
import { recordedValues } from "../load/histogram.ts";
import type { Measurement, Played } from "../observe/measurement.ts";
import { type Block, type Estimate, enough, estimateOf, pool, quantile, resample, type Sample } from "./statistics.ts";

export const quantiles = { p50: 0.5, p90: 0.9, p99: 0.99, p999: 0.999 } as const;
export type QuantileName = keyof typeof quantiles;
export const quantileNames = Object.keys(quantiles) as readonly QuantileName[];

/** One class of one arm at one rate, pooled over the repeats. */
export interface Row {
  readonly arm: string;
  readonly rps: number;
  readonly played: Played;
  readonly class: RequestClass;
  readonly n: number;
  readonly errors: number;
  readonly wrongLevels: number;
  /** Milliseconds; null if fewer than ten values lie beyond the quantile. */
  readonly latency: Readonly<Record<QuantileName, Estimate | null>>;
  /** Share of the busiest core in any repeat, 0 to 1. */
  readonly busiestCore: number;
  /** A core was so busy that requests may have waited for it, so no claim is made for the row. */
  readonly cpuBound: boolean;
}

/** One arm against the baseline at one rate, with both classes. null: not enough values, or cpu-bound. */
interface Comparison {
  readonly arm: string;
  readonly rps: number;
  /** Baseline's latency over the arm's, for the latency-sensitive class: 1.5 is "1.5 × faster". */
  readonly gain: Readonly<Record<"p50" | "p99", Estimate | null>>;
  /** (T_mesh − T_arm) / (T_mesh − T_unloaded): 1 if the other class no longer costs anything. */
  readonly eta: Readonly<Record<"p50" | "p99", Estimate | null>>;
  /** Baseline's p50 over the unloaded p50: no arm can gain more at p50. */
  readonly bound: Estimate | null;
  /** Change of the batch class against the baseline, percent; negative is faster. */
  readonly batchChange: Readonly<Record<"p50" | "p99", Estimate | null>>;
}

export interface Summary {
  readonly rows: readonly Row[];
  readonly comparisons: readonly Comparison[];
}

const draws = 1000;

interface Series {
  readonly arm: string;
  readonly rps: number;
  readonly played: Played;
  readonly class: RequestClass;
  readonly of: readonly Measurement[];
  readonly repeats: readonly (readonly Block[])[];
}

const unique = <T>(list: readonly T[]): readonly T[] => [...new Set(list)];

/** Measurements of one arm, rate, load and class, by repeat. */
function seriesOf(measurements: readonly Measurement[]): readonly Series[] {
  const keys = unique(measurements.map(({ arm, rps, played }) => JSON.stringify({ arm, rps, played })));
  return keys.flatMap((key) => {
    const of = measurements
      .filter(({ arm, rps, played }) => JSON.stringify({ arm, rps, played }) === key)
      .sort((a, b) => a.repeat - b.repeat);
    return classes
      .filter((name) => of[0]?.load.classes[name] !== undefined)
      .map((name) => ({
        ...(JSON.parse(key) as { arm: string; rps: number; played: Played }),
        class: name,
        of,
        repeats: of.map(({ load }) =>
          (load.classes[name]?.blocks ?? []).map((block) => ({ values: recordedValues(block) })),
        ),
      }));
  });
}

/** Every arm's series is padded to this number of blocks per repeat, so that one draw means the same seconds in all of them. */
function shapeOf(series: readonly Series[]): readonly number[] {
  const repeats = Math.max(0, ...series.map((one) => one.repeats.length));
  return Array.from({ length: repeats }, (_, index) =>
    Math.max(...series.map((one) => one.repeats[index]?.length ?? 0)),
  );
}

const empty: Block = { values: [] };

const padded = (series: Series, shape: readonly number[]): Sample =>
  pool(shape.map((size, repeat) => Array.from({ length: size }, (_, at) => series.repeats[repeat]?.[at] ?? empty)));

function rowOf(series: Series): Row {
  const shape = series.repeats.map((blocks) => blocks.length);
  const sample = padded(series, shape);
  const weights = resample(shape, draws, series.rps);
  const estimate = (q: number): Estimate | null =>
    enough(sample.n, q) ? estimateOf((draw) => quantile(sample, q, draw), weights) : null;
  const sum = (of: "errors" | "wrongLevels"): number =>
    series.of.reduce((total, { load }) => total + (load.classes[series.class]?.[of] ?? 0), 0);
  const busiestCore = Math.max(...series.of.map(({ cpu }) => cpu.busiestCore));
  const { arm, rps, played, class: name } = series;
  return {
    arm,
    rps,
    played,
    class: name,
    n: sample.n,
    errors: sum("errors"),
    wrongLevels: sum("wrongLevels"),
    latency: {
      p50: estimate(quantiles.p50),
      p90: estimate(quantiles.p90),
      p99: estimate(quantiles.p99),
      p999: estimate(quantiles.p999),
    },
    busiestCore,
    cpuBound: busiestCore > cpuBoundShare,
  };
}

/** A statistic of several series, resampled together; null if one of them is missing, too small or cpu-bound. */
function together(
  all: readonly (Series | undefined)[],
  q: number,
  rows: readonly Row[],
  statistic: (...milliseconds: readonly number[]) => number,
): Estimate | null {
  const series = all.filter((one) => one !== undefined);
  if (series.length < all.length) return null;
  const shape = shapeOf(series);
  const samples = series.map((one) => padded(one, shape));
  const bound = (one: Series): boolean =>
    rows.some((row) => row.arm === one.arm && row.rps === one.rps && row.played === one.played && row.cpuBound);
  if (samples.some(({ n }) => !enough(n, q)) || series.some(bound)) return null;
  const weights = resample(shape, draws, series[0]?.rps ?? 0);
  return estimateOf((draw) => statistic(...samples.map((sample) => quantile(sample, q, draw))), weights);
}

/** η divides by what the other class costs the baseline; if that is not clearly above zero, there is no η. */
function etaOf(all: readonly (Series | undefined)[], q: number, rows: readonly Row[]): Estimate | null {
  const [mesh, , unloaded] = all;
  const loss = together([mesh, unloaded], q, rows, (a = 0, b = 0) => a - b);
  if (loss === null || loss.low <= 0) return null;
  return together(all, q, rows, (a = 0, b = 0, c = 0) => (a - b) / (a - c));
}

interface Compared {
  readonly series: readonly Series[];
  readonly rows: readonly Row[];
  readonly fullArm: string;
}

function comparisonOf(arm: string, rps: number, { series, rows, fullArm }: Compared): Comparison {
  const find = (name: string, played: Played, of: RequestClass): Series | undefined =>
    series.find((one) => one.arm === name && one.rps === rps && one.played === played && one.class === of);
  const baseline = baselineOf(arm);
  const ls = [find(baseline, "mixed", "ls"), find(arm, "mixed", "ls")];
  const batch = [find(baseline, "mixed", "batch"), find(arm, "mixed", "batch")];
  const unloaded = find(fullArm, "ls", "ls");
  const ratio = (mesh = 0, other = 0): number => mesh / other;
  const change = (mesh = 0, other = 0): number => (other / mesh - 1) * 100;
  const both = (of: (q: number) => Estimate | null) => ({ p50: of(quantiles.p50), p99: of(quantiles.p99) });
  return {
    arm,
    rps,
    gain: both((q) => together(ls, q, rows, ratio)),
    eta: both((q) => etaOf([...ls, unloaded], q, rows)),
    bound: together([ls[0], unloaded], quantiles.p50, rows, ratio),
    batchChange: both((q) => together(batch, q, rows, change)),
  };
}

/** @param fullArm the arm whose latency-sensitive class alone is the unloaded latency */
export function summarize(measurements: readonly Measurement[], fullArm: string): Summary {
  const series = seriesOf(measurements);
  const rows = series.map(rowOf);
  const arms = unique(measurements.map(({ arm }) => arm));
  const rates = unique(measurements.map(({ rps }) => rps));
  return {
    rows,
    comparisons: rates.flatMap((rps) =>
      arms.filter((arm) => arm !== baselineOf(arm)).map((arm) => comparisonOf(arm, rps, { series, rows, fullArm })),
    ),
  };
}
