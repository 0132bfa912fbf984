// Gains and η of made-up measurements whose result is known, and what is not reported.
import assert from "node:assert/strict";
import { test } from "node:test";
import { made, twoArms } from "./made-measurement.ts";
import { summarize } from "./summary.ts";

const near = (value: number | undefined, expected: number): void =>
  assert.ok(
    value !== undefined && Math.abs(value - expected) < 0.01 * Math.max(1, Math.abs(expected)),
    `${value}, expected ${expected}`,
  );

test("gain, η, bound and the change of batch follow from the scales", () => {
  const [packets] = summarize(twoArms(), "packets").comparisons;
  for (const q of ["p50", "p99"] as const) {
    near(packets!.gain[q]?.value, 4 / 1.3);
    near(packets!.eta[q]?.value, 0.9);
    assert.ok(Math.abs(packets!.batchChange[q]!.value - 5) < 0.5);
  }
  near(packets!.bound?.value, 4);
});

test("arms that replayed the same arrivals are compared pair by pair: a constant ratio has a narrow interval", () => {
  const { rows, comparisons } = summarize(twoArms(), "packets");
  const gain = comparisons[0]!.gain.p50!;
  const latency = rows.find((row) => row.arm === "mesh" && row.class === "ls")!.latency.p50!;
  assert.ok((gain.high - gain.low) / gain.value < 0.02);
  assert.ok((latency.high - latency.low) / latency.value > 0.02);
});

test("a quantile with fewer than ten values beyond it is neither reported nor compared", () => {
  const { rows, comparisons } = summarize(twoArms({ n: 100 }), "packets");
  const { p50, p90, p99, p999 } = rows[0]!.latency;
  assert.ok(p50 !== null && p90 !== null);
  assert.deepEqual([p99, p999, comparisons[0]!.gain.p99, comparisons[0]!.eta.p99], [null, null, null, null]);
  assert.ok(comparisons[0]!.gain.p50 !== null);
});

test("a cpu-bound point keeps its latencies and makes no claim", () => {
  const { rows, comparisons } = summarize(twoArms({ busiestCore: 0.9 }), "packets");
  assert.ok(rows.every((row) => row.cpuBound && row.latency.p50 !== null));
  assert.deepEqual(comparisons[0]!.gain, { p50: null, p99: null });
  assert.deepEqual(comparisons[0]!.eta, { p50: null, p99: null });
});

test("there is no η if the other class does not slow the baseline down", () => {
  const same = [1, 2].flatMap((repeat) => [
    made({ arm: "mesh", repeat, scale: { ls: 1, batch: 1 } }),
    made({ arm: "packets", repeat, scale: { ls: 1, batch: 1 } }),
    made({ arm: "packets", repeat, played: "ls", scale: { ls: 1 } }),
  ]);
  assert.deepEqual(summarize(same, "packets").comparisons[0]!.eta, { p50: null, p99: null });
  near(summarize(same, "packets").comparisons[0]!.gain.p50?.value, 1);
});

test("without the baseline or the unloaded load there is nothing to compare with", () => {
  const alone = twoArms().filter(({ arm, played }) => arm === "packets" && played === "mixed");
  const [packets] = summarize(alone, "packets").comparisons;
  assert.deepEqual([packets!.gain.p50, packets!.eta.p50, packets!.bound], [null, null, null]);
});
