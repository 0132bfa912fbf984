// How numbers are written for readers.
import assert from "node:assert/strict";
import { test } from "node:test";
import { bytes, percent, rate, share, short } from "./format.ts";
import { bar, clock } from "./progress-bar.ts";

test("three significant digits, at most two decimals", () => {
  assert.deepEqual([0, 3.0666, 9.996, 38.84, 99.96, 128.6, -0.094].map(short), [
    "0.00",
    "3.07",
    "10.0",
    "38.8",
    "100",
    "129",
    "−0.09",
  ]);
});

test("bytes in powers of a thousand", () => {
  assert.deepEqual([0, 999, 1000, 200_000, 1_380_000, 219e6].map(bytes), [
    "0",
    "999 B",
    "1 kB",
    "200 kB",
    "1.38 MB",
    "219 MB",
  ]);
});

test("a change in percent has a sign, a share has none, and rates look as in tc(8)", () => {
  assert.deepEqual(
    [percent(4.96), percent(-1.04), share(0.846), rate(1e8), rate(15e9)],
    ["+5.0 %", "−1.0 %", "85 %", "100 Mbit/s", "15 Gbit/s"],
  );
});

test("time left is never negative, and a bar never overflows", () => {
  assert.deepEqual([clock(-3), clock(59.6), clock(131)], ["0:00", "1:00", "2:11"]);
  assert.deepEqual([bar(-1), bar(0.5), bar(7)], ["─".repeat(24), "━".repeat(12) + "─".repeat(12), "━".repeat(24)]);
});
