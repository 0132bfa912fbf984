// The simulation repeats itself, loses no request, and its applications do what they say; and the filter's limit that adapts finds the knee,
// also where other programs take the processors away.
import assert from "node:assert/strict";
import { test } from "node:test";
import { random } from "../measure/random.ts";
import { Pool, SharedProcessors } from "./application.ts";
import { Fixed } from "./limits/fixed.ts";
import { FilterQueue } from "./queues/filter-queue.ts";
import { ModelQueue } from "./queues/model-queue.ts";
import type { Queue } from "./queues/queue.ts";
import { arrivalsOf, pausesOf, type Scenario, scenarios } from "./scenarios.ts";
import { type Outcome, type Point, simulate } from "./simulate.ts";

const named = (name: string): Scenario => scenarios.find((one) => one.name === name)!;
function play(scenario: Scenario, queue: Queue, seed = 1): Outcome {
  const [arrivals, pauses] = [arrivalsOf(scenario, random(seed)), pausesOf(scenario, random(seed, 1))];
  return simulate({ scenario, arrivals, pauses }, queue);
}

test("queue simulation: the same seed gives the same limits and latencies", () => {
  const once = play(named("bursts"), new FilterQueue());
  assert.deepEqual(play(named("bursts"), new FilterQueue()), once);
});

test("queue simulation: a pool works on so many at once, shared processors on all of them more slowly", () => {
  const applications = [new Pool(2), new SharedProcessors(2)];
  const ends = applications.map((application) => {
    for (let id = 0; id < 4; id++) application.begin(id, 1, 0);
    application.stall(0.5, 3);
    return Array.from({ length: 4 }, () => {
      const at = application.next();
      application.end(at);
      return at;
    });
  });
  assert.deepEqual(ends, [
    [4, 4, 5, 5],
    [5, 5, 5, 5],
  ]);
});

test("queue simulation: a limit of half the knee costs half of the throughput, and one above it nothing", () => {
  const scenario = named("steady 1.3");
  const throughput = ({ points }: Outcome): number => mean(points.map((point) => point.throughput));
  const fixed = (limit: number): Outcome => play(scenario, new ModelQueue(new Fixed(limit)));
  assert.ok(Math.abs(throughput(fixed(2)) - 0.5) < 0.01);
  assert.ok(Math.abs(throughput(fixed(16)) - 1) < 0.01);
});

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

/** What the limit is for most of the time: a trial of another one is short. */
function usual(points: readonly Point[]): number {
  const limits = points.map(({ limit }) => limit).sort((a, b) => a - b);
  return limits[Math.floor(limits.length / 2)] ?? Number.NaN;
}

/** Five seconds of each phase, from its tenth second on. */
function assertFound({ phases }: Scenario, { points }: Outcome): void {
  for (const { from } of phases) {
    const then = points.filter(({ at }) => at > from + 10 && at < from + 15);
    const [limit, { knee }] = [usual(then), then[0]!];
    assert.ok(limit >= knee && limit <= 2 * knee, `${limit} from ${from + 10} s on, for a knee of ${knee}`);
  }
}

for (const name of ["steady 0.95", "steady 1.3", "large", "capacity", "slow down", "mix", "noise"])
  test(`queue simulation: ten seconds after each change the adaptive limit is from 1 to 2 × the knee, ${name}`, () => {
    const scenario = named(name);
    assertFound(scenario, play(scenario, new FilterQueue()));
  });

for (const workers of [2, 4])
  test(`queue simulation: the same with ${workers} workers of the proxy, capacity`, () => {
    const scenario = named("capacity");
    assertFound(scenario, play(scenario, new FilterQueue(workers)));
  });

for (const name of ["noise", "busy machine", "busy shared", "all noise"])
  test(`queue simulation: with ${name} the adaptive limit stays near the knee, and costs little throughput`, () => {
    const scenario = named(name);
    const { points } = play(scenario, new FilterQueue());
    const settled = points.filter(({ at }) => at > 30);
    const inRange = mean(settled.map(({ limit, knee }) => (limit >= 0.75 * knee && limit <= 2.4 * knee ? 1 : 0)));
    const fixed = play(scenario, new ModelQueue(new Fixed(2 * scenario.phases[0]!.knee))).points;
    const throughput = (of: readonly Point[]): number =>
      mean(of.filter(({ at }) => at > 30).map((point) => point.throughput));
    const kept = throughput(points) / throughput(fixed);
    assert.ok(inRange >= 0.85 && kept >= 0.93, JSON.stringify({ inRange, kept }));
  });
