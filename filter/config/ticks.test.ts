// Samples of a proxy's metrics that reveal stopped VMs, and samples that cannot be compared.
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { configurationHash, secondsBetweenLooks, stoppedVms } from "./ticks.ts";

const look = (seconds: number, workers: number, ticks: number) => ({ seconds, workers, ticks });

test("ticks: missing ticks show the number of stopped VMs", () => {
  assert.equal(stoppedVms(1, look(100, 2, 50), look(110, 2, 80)), 0);
  assert.equal(stoppedVms(1, look(100, 2, 50), look(110, 2, 70)), 1);
  assert.equal(stoppedVms(1, look(100, 2, 50), look(110, 2, 50)), 3);
  assert.equal(stoppedVms(4, look(0, 1, 0), look(24, 1, 168)), 1);
  assert.equal(stoppedVms(1, look(0, 1, 0), look(10, 1, 40)), 0, "VMs of an earlier configuration still tick");
});

test("ticks: samples that can't be compared give no result", () => {
  assert.equal(stoppedVms(1, look(0, 2, 0), look(8.9, 2, 27)), undefined, "too close together");
  assert.equal(stoppedVms(1, look(0, 2, 500), look(10, 2, 20)), undefined, "started again");
  assert.equal(stoppedVms(1, look(0, 2, 0), look(60, 4, 300)), undefined, "restarted with more workers");
});

test("ticks: the result is right for up to 64 workers, whenever VMs tick and with ticks 2 ms late", () => {
  const trial = fc.record({
    workers: fc.integer({ min: 1, max: 64 }),
    stopped: fc.nat(64),
    phase: fc.array(fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }), { minLength: 65, maxLength: 65 }),
    start: fc.double({ min: 0, max: 1000, noNaN: true }),
  });
  fc.assert(
    fc.property(trial, ({ workers, stopped, phase, start }) => {
      const dead = Math.min(stopped, workers + 1);
      const living = phase.slice(0, workers + 1 - dead);
      const ticksAt = (time: number): number =>
        living.reduce((sum, at) => sum + Math.floor((time - at) / 1.002) + 1, 0);
      const end = start + secondsBetweenLooks(1, workers) + 0.001;
      const found = stoppedVms(1, look(start, workers, ticksAt(start)), look(end, workers, ticksAt(end)));
      assert.equal(found, dead);
    }),
    { numRuns: 5000 },
  );
});

test("ticks: a configuration's hash is FNV-1a's, computed in 32-bit halves", () => {
  // From the examples on the algorithm's own page.
  assert.equal(configurationHash(""), "cbf29ce484222325");
  assert.equal(configurationHash("a"), "af63dc4c8601ec8c");
  assert.equal(configurationHash("foobar"), "85944171f73967e8");
  const big = (text: string): string =>
    [...new TextEncoder().encode(text)]
      .reduce((hash, byte) => BigInt.asUintN(64, (hash ^ BigInt(byte)) * 0x100000001b3n), 0xcbf29ce484222325n)
      .toString(16)
      .padStart(16, "0");
  fc.assert(fc.property(fc.string({ unit: "grapheme" }), (text) => configurationHash(text) === big(text)));
});
