// The simulation repeats itself, loses no request, and its applications do what they say; and the limit that adapts finds the knee.
import assert from "node:assert/strict";
import { test } from "node:test";
import { random } from "../measure/random.ts";
import { Pool, SharedProcessors } from "./application.ts";
import { Adaptive } from "./limits/adaptive.ts";
import { Fixed } from "./limits/fixed.ts";
import type { Limit } from "./limits/limit.ts";
import { arrivalsOf, type Scenario, scenarios } from "./scenarios.ts";
import { type Outcome, simulate } from "./simulate.ts";

const named = (name: string): Scenario => scenarios.find((one) => one.name === name)!;
const play = (scenario: Scenario, limit: Limit): Outcome => simulate(scenario, arrivalsOf(scenario, random(1)), limit);

test("queue simulation: the same seed gives the same limits and latencies", () => {
  const once = play(named("bursts"), new Adaptive());
  assert.deepEqual(play(named("bursts"), new Adaptive()), once);
});

test("queue simulation: a pool works on so many at once, shared processors on all of them more slowly", () => {
  const applications = [new Pool(2), new SharedProcessors(2)];
  const ends = applications.map((application) => {
    for (let id = 0; id < 4; id++) application.begin(id, 1, 0);
    return Array.from({ length: 4 }, () => {
      const at = application.next();
      application.end(at);
      return at;
    });
  });
  assert.deepEqual(ends, [
    [1, 1, 2, 2],
    [2, 2, 2, 2],
  ]);
});

test("queue simulation: a limit of half the knee costs half of the throughput, and one above it nothing", () => {
  const scenario = named("steady 1.3");
  const throughput = ({ points }: Outcome): number =>
    points.reduce((sum, point) => sum + point.throughput, 0) / points.length;
  assert.ok(Math.abs(throughput(play(scenario, new Fixed(2))) - 0.5) < 0.01);
  assert.ok(Math.abs(throughput(play(scenario, new Fixed(16))) - 1) < 0.01);
});

for (const name of ["steady 0.95", "steady 1.3", "capacity", "slow down"])
  test(`queue simulation: ten seconds after each change the adaptive limit is from 1 to 2 × the knee, ${name}`, () => {
    const scenario = named(name);
    for (const { from } of scenario.phases) {
      const { points } = play(scenario, new Adaptive());
      const then = points.filter(({ at }) => at > from + 10 && at < from + 12);
      for (const { at, limit, knee } of then) assert.ok(limit >= knee && limit <= 2 * knee, `${limit} at ${at} s`);
    }
  });
