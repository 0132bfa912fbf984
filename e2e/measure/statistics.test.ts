// Medians and their intervals, checked against tables and by simulation.
import assert from "node:assert/strict";
import { test } from "node:test";
import { random } from "./random.ts";
import { differences, estimate, intervalRank, median, ratioOfMedians, ratioOfQuantiles } from "./statistics.ts";

test("statistics: the median of an odd and an even number of values, in any order", () => {
  assert.equal(median([9, 1, 5]), 5);
  assert.equal(median([4, 1, 3, 2]), 2.5);
});

test("statistics: ranks of the 95 % interval match the binomial table", () => {
  // Conover 1999, table A3 (p = 0.5): P(X <= 0) is 0.031 of 5, 0.016 of 6; P(X <= 3) of 15 is 0.018, P(X <= 4) 0.059.
  assert.deepEqual([1, 5, 6, 8, 9, 15, 30].map(intervalRank), [0, 0, 1, 1, 2, 4, 10]);
});

test("statistics: the ends of an interval are values, and fewer than six rounds have none", () => {
  assert.deepEqual(estimate([3, 1, 2, 6, 5, 4]), { value: 3.5, low: 1, high: 6 });
  const few = estimate([1, 2, 3]);
  assert.equal(few.value, 2);
  assert.ok(Number.isNaN(few.low) && Number.isNaN(few.high));
});

test("statistics: the interval encloses the distribution's median in 95 % of trials, and not in many more", () => {
  const next = random(1);
  const trials = 4000;
  let enclosed = 0;
  for (let trial = 0; trial < trials; trial++) {
    // A skewed distribution: the median of -log(u) is log(2).
    const { low, high } = estimate(Array.from({ length: 15 }, () => -Math.log(1 - next())));
    if (low <= Math.LN2 && Math.LN2 <= high) enclosed++;
  }
  // Exactly 0.9648; three standard errors are 0.0087.
  assert.ok(Math.abs(enclosed / trials - 0.9648) < 0.009, `${enclosed} of ${trials}`);
});

test("statistics: differences are taken within a round", () => {
  assert.deepEqual(differences([25, 35, 30], [20, 31, 22]), [5, 4, 8]);
});

test("statistics: a ratio of noisy medians is near the true one, and its interval encloses it", () => {
  const next = random(2);
  const noisy = (mean: number): number[] => Array.from({ length: 100 }, () => mean + 20 * (next() - 0.5));
  const { value, low, high } = ratioOfMedians(noisy(12), noisy(4)) ?? assert.fail();
  assert.ok(low < 3 && 3 < high, `${low} to ${high}`);
  assert.ok(low < value && value < high && Math.abs(value - 3) < 2, `${value}`);
});

test("statistics: a ratio of medians pairs rounds: values that are double in each round have the exact ratio 2", () => {
  const by = [4, 1, 9, 2, 7, 3];
  assert.deepEqual(
    ratioOfMedians(
      by.map((value) => 2 * value),
      by,
    ),
    { value: 2, low: 2, high: 2 },
  );
});

test("statistics: a quantile's ratio is that of all rounds together, and its interval encloses the true one", () => {
  const next = random(3);
  // The p99 of -log(u) is proportional to its mean.
  const rounds = (mean: number): number[][] =>
    Array.from({ length: 40 }, () => Array.from({ length: 200 }, () => -mean * Math.log(1 - next())));
  const { value, low, high } = ratioOfQuantiles(rounds(1.5), rounds(1), 0.99);
  assert.ok(low < 1.5 && 1.5 < high && low < value && value < high, `${value} [${low}, ${high}]`);
  assert.ok(high - low < 0.4, `${low} to ${high}`);
  const same = [
    [1, 2, 3],
    [10, 20, 30],
  ];
  assert.deepEqual(ratioOfQuantiles(same, same, 0.99), { value: 1, low: 1, high: 1 });
});

test("statistics: there is no ratio to a median that may be zero, or from too few rounds", () => {
  assert.equal(ratioOfMedians([5, 5, 5, 5, 5, 5], [1, 2, 3, 2, 1, -1]), undefined);
  assert.equal(ratioOfMedians([4, 5, 6], [1, 1, 1]), undefined);
});
