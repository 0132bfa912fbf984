// Plays every limit in every scenario, with the same arrivals, and sums up how each did.
import { random } from "../measure/random.ts";
import { quantile } from "../measure/statistics.ts";
import { Fixed } from "./limits/fixed.ts";
import { Gradient } from "./limits/gradient.ts";
import { Vegas } from "./limits/vegas.ts";
import { FilterQueue } from "./queues/filter-queue.ts";
import { ModelQueue } from "./queues/model-queue.ts";
import type { Queue } from "./queues/queue.ts";
import { arrivalsOf, duration, pausesOf, type Scenario, scenarios } from "./scenarios.ts";
import { type Outcome, type Point, simulate } from "./simulate.ts";

/** `knee`: the scenario's first one. */
type Maker = (knee: number, seed: number) => Queue;
const fixed =
  (times: number): Maker =>
  (knee) =>
    new ModelQueue(new Fixed(knee * times));

const makers: Readonly<Record<string, Maker>> = {
  "0.5 ×": fixed(0.5),
  "1 ×": fixed(1),
  "2 ×": fixed(2),
  "4 ×": fixed(4),
  gradient: () => new ModelQueue(new Gradient()),
  Vegas: (_knee, seed) => new ModelQueue(new Vegas(random(seed, 1))),
  Expedite: () => new FilterQueue(),
};
export const limitNames: readonly string[] = Object.keys(makers);

export interface Summary {
  readonly limit: string;
  /** The part of the time in which the limit was from 1 to 2 times the knee. */
  readonly inRange: number;
  /** Seconds after which it was there for two seconds, in the slowest phase of all repeats; Infinity: in one of them never. */
  readonly found: number;
  /** What the application did while requests waited, of what it can do: on average, and in the second in which it did least. */
  readonly throughput: number;
  readonly worstSecond: number;
  /** Milliseconds from arrival to answer, of a person's and of batch requests. */
  readonly p99: readonly [number, number];
}

export interface Comparison {
  readonly scenario: Scenario;
  readonly summaries: readonly Summary[];
  /** Of the first repeat, by limit. */
  readonly points: ReadonlyMap<string, readonly Point[]>;
}

const isInRange = ({ limit, knee }: Point): boolean => limit >= knee - 0.01 && limit <= 2 * knee + 0.01;
const mean = (values: readonly number[]): number =>
  values.length === 0 ? Number.NaN : values.reduce((sum, value) => sum + value, 0) / values.length;

/** Points in two seconds, and in one. */
const held = 20;
const second = 10;

function foundAfter(points: readonly Point[], { phases }: Scenario): number {
  const times = phases.map(({ from }, index) => {
    const to = phases[index + 1]?.from ?? duration;
    const own = points.filter(({ at }) => at > from + 0.01 && at <= to + 0.01);
    const first = own.findIndex((_, begin) => own.slice(begin, begin + held).every(isInRange));
    return first < 0 ? Number.POSITIVE_INFINITY : first / second;
  });
  return Math.max(...times);
}

function summary(limit: string, scenario: Scenario, outcomes: readonly Outcome[]): Summary {
  const points = outcomes.flatMap((outcome) => outcome.points);
  const seconds = Array.from({ length: Math.floor(points.length / second) }, (_, index) =>
    points.slice(index * second, (index + 1) * second),
  ).filter((own) => own.every(({ isBusy }) => isBusy));
  const worst = seconds.map((own) => mean(own.map(({ throughput }) => throughput)));
  const p99 = ([0, 1] as const).map((level) => {
    const all = outcomes.flatMap(({ latencies }) => latencies[level] ?? []).sort((a, b) => a - b);
    return quantile(all, 0.99) * 1000;
  }) as [number, number];
  return {
    limit,
    inRange: mean(points.map((point) => (isInRange(point) ? 1 : 0))),
    found: Math.max(...outcomes.map((outcome) => foundAfter(outcome.points, scenario))),
    throughput: mean(points.filter(({ isBusy }) => isBusy).map(({ throughput }) => throughput)),
    worstSecond: worst.length === 0 ? Number.NaN : Math.min(...worst),
    p99,
  };
}

/** `progress` is called before each scenario. */
export function compare(seed: number, repeats: number, progress: (step: string) => void): readonly Comparison[] {
  return scenarios.map((scenario) => {
    progress(scenario.title);
    const plays = Array.from({ length: repeats }, (_, repeat) => ({
      scenario,
      arrivals: arrivalsOf(scenario, random(seed, repeat)),
      pauses: pausesOf(scenario, random(seed, repeat, 1)),
    }));
    const points = new Map<string, readonly Point[]>();
    const summaries = Object.entries(makers).map(([name, make]) => {
      const outcomes = plays.map((own, repeat) => simulate(own, make(scenario.phases[0]!.knee, seed + repeat)));
      points.set(name, outcomes[0]!.points);
      return summary(name, scenario, outcomes);
    });
    return { scenario, summaries, points };
  });
}
