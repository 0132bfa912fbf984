// Quantiles compared with the plain definition, and intervals with cases whose result is known.
import assert from "node:assert/strict";
import { test } from "node:test";
import { random } from "../../measure/random.ts";
import { type Block, enough, estimateOf, pool, quantile, resample } from "./statistics.ts";

const block = (...milliseconds: readonly number[]): Block => ({
  values: milliseconds.map((value) => ({ milliseconds: value, count: 1 })),
});

/** The smallest value such that at least the share q of all values does not exceed it. */
function plain(values: readonly number[], q: number): number {
  return [...values]
    .sort((a, b) => a - b)
    .find((value) => values.filter((other) => other <= value).length >= q * values.length - 1e-9)!;
}

test("a quantile is the nearest rank of everything pooled", () => {
  const next = random(1);
  for (let round = 0; round < 50; round++) {
    const values = Array.from({ length: 1 + Math.floor(next() * 60) }, () => Math.floor(next() * 30));
    const half = Math.floor(values.length / 2);
    const sample = pool([[block(...values.slice(0, half))], [block(...values.slice(half))]]);
    for (const q of [0.01, 0.5, 0.9, 0.99, 1]) assert.equal(quantile(sample, q), plain(values, q), `${q} of ${values}`);
  }
});

test("weights count how many times a block was drawn", () => {
  const sample = pool([[block(1, 2), block(3), block(10)]]);
  assert.equal(quantile(sample, 0.5, Uint32Array.of(1, 1, 1)), 2);
  assert.equal(quantile(sample, 0.5, Uint32Array.of(0, 3, 0)), 3);
  assert.equal(quantile(sample, 0.5, Uint32Array.of(1, 0, 5)), 10);
});

test("an empty sample has no quantile", () => {
  assert.ok(Number.isNaN(quantile(pool([[]]), 0.5)));
});

test("ten values have to lie beyond a quantile", () => {
  assert.deepEqual(
    [enough(999, 0.99), enough(1000, 0.99), enough(100, 0.9), enough(99, 0.9), enough(20, 0.5)],
    [false, true, true, false, true],
  );
});

test("each draw takes as many blocks as exist, in whole repeats", () => {
  const shape = [3, 5, 2];
  for (const weights of resample(shape, 200, 1)) {
    const perRepeat = [weights.slice(0, 3), weights.slice(3, 8), weights.slice(8)].map((part) =>
      part.reduce((sum, n) => sum + n, 0),
    );
    assert.equal(
      perRepeat.reduce((sum, n, index) => sum + n / shape[index]!, 0),
      3,
    );
  }
});

test("the interval of a median contains the true median in about 95 of 100 experiments", () => {
  let held = 0;
  const experiments = 200;
  for (let seed = 0; seed < experiments; seed++) {
    const next = random(seed, 99);
    const repeats = Array.from({ length: 4 }, () =>
      Array.from({ length: 15 }, () => block(...Array.from({ length: 10 }, () => next()))),
    );
    const sample = pool(repeats);
    const draws = resample([15, 15, 15, 15], 200, seed);
    const { low, high } = estimateOf((weights) => quantile(sample, 0.5, weights), draws);
    if (low <= 0.5 && 0.5 <= high) held++;
  }
  assert.ok(held / experiments > 0.9, `${held} of ${experiments}`);
  assert.ok(held < experiments, "an interval that always contains it is too wide");
});
