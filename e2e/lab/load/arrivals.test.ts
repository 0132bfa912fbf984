// The arrival sequence: the requested number, uniform on [0, 2/λ], and the same for the same seed.
import assert from "node:assert/strict";
import { test } from "node:test";
import { type ArrivalOptions, arrivals } from "./arrivals.ts";

const options: ArrivalOptions = { seed: [1, 2, 3], rps: 50, warmUp: 2, count: 5000 };

test("the requested number of arrivals count, all of them after the warm-up", () => {
  const { at, first } = arrivals(options);
  assert.equal(at.length - first, options.count);
  assert.ok(at[first]! >= options.warmUp);
  assert.ok(at[first - 1]! < options.warmUp);
});

test("inter-arrival times are uniform on [0, 2/λ]", () => {
  const { at } = arrivals(options);
  const gaps = at.map((time, index) => time - (at[index - 1] ?? 0));
  const longest = 2 / options.rps;
  const quarters = [0, 1, 2, 3].map(
    (quarter) => gaps.filter((gap) => Math.floor((gap / longest) * 4) === quarter).length,
  );
  assert.ok(gaps.every((gap) => gap >= 0 && gap < longest));
  // 5100 draws: a quarter's share is 0.25 ± 0.006 (one standard deviation).
  for (const count of quarters) assert.ok(Math.abs(count / gaps.length - 0.25) < 0.03, `${quarters}`);
});

test("one seed, one sequence; another seed, another", () => {
  assert.deepEqual(arrivals(options), arrivals(options));
  const seeds = [
    [1, 2, 4],
    [2, 1, 3],
    [1, 2],
    [0, 2, 3],
  ];
  for (const seed of seeds) assert.notEqual(arrivals({ ...options, seed }).at[0], arrivals(options).at[0]);
});

test("no warm-up: the first arrival counts", () => {
  assert.equal(arrivals({ ...options, warmUp: 0 }).first, 0);
});
