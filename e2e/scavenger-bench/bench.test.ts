// The bench's pure parts: options are checked, and tables show the medians and ranges of what was played.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Setting } from "./measure.ts";
import { parseOptions } from "./options.ts";
import { merged, tablesOf } from "./tables.ts";

const quiet = { writeOut: () => {}, writeErr: () => {} };

test("options: the defaults are the full run, which writes the document", () => {
  const { rtt, size, flows, write } = parseOptions([], quiet);
  assert.deepEqual({ rtt, size, flows, write }, { rtt: [0.2, 2, 20], size: [1, 10], flows: [1, 4], write: true });
  const some = parseOptions(["--rtt", "5,5", "--low", "scavenger,vegas", "--repeats", "1"], quiet);
  assert.deepEqual([some.rtt, some.low, some.repeats, some.write], [[5], ["scavenger", "vegas"], 1, false]);
});

for (const args of [
  ["--rtt", "0"],
  ["--rtt", "2,"],
  ["--size", "big"],
  ["--flows", "1.5"],
  ["--repeats", "1,2"],
  ["--seconds", "0"],
  ["--low", "cubic;reboot"],
  ["--json", "/"],
])
  test(`refused: ${args.join(" ")}`, () => {
    assert.throws(() => parseOptions(args, quiet), { exitCode: 1 });
  });

const shares = (low: number) => ({ low, high: 0.95 - low });
const played = (alone: number) => ({
  alone,
  millis: [30, 20, 22],
  beside: { cubic: { before: shares(0.01), after: shares(0.02 * alone) } },
});

const conditions = new Map<Setting, string>();

test("a row has the low flows' shares of the link, alone, beside a high flow and after it", () => {
  const setting: Setting = {
    rtt: 20,
    size: 1,
    bytes: 250_000,
    unloaded: [[21, 20.5]],
    rows: [{ low: "scavenger", flows: 4, repeats: [played(0.98), played(0.9), played(0.97)] }],
  };
  const text = tablesOf([setting], { highs: ["cubic"], conditions: new Map([[setting, "A quiet machine."]]) });
  assert.match(
    text,
    /### 20 ms, FIFO of 1 BDP \(250 kB\)\n\nA quiet machine\.\n\nRequests without low flows: p50 20\.5 ms, p99 21\.0 ms\./,
  );
  assert.match(
    text,
    /\| scavenger × 4 +\| 97\.0 \[90\.0, 98\.0\] +\| 22\.0 \[22\.0, 22\.0\] +\| 30\.0 \[30\.0, 30\.0\]/,
  );
  assert.match(text, /\| 1\.0 \[1\.0, 1\.0\] +\| 1\.9 \[1\.8, 2\.0\] +\|$/m);
  assert.match(text, /\n\nThe scavenger meets its aims\.$/);
});

test("where the scavenger misses an aim is said below the table", () => {
  const setting: Setting = {
    ...{ rtt: 2, size: 10, bytes: 250_000, unloaded: [[2]] },
    rows: [
      {
        low: "scavenger",
        flows: 1,
        repeats: [{ alone: 0.94, millis: [20], beside: { cubic: { before: shares(0.01), after: shares(0.06) } } }],
      },
      { low: "cubic", flows: 1, repeats: [{ ...played(0.98), millis: [40] }] },
    ],
  };
  assert.match(
    tablesOf([setting], { highs: ["cubic"], conditions }),
    /It misses its aims with scavenger × 1: alone 94\.0 %, after cubic 6\.0 %, p99 0\.50 of cubic's\.$/,
  );
});

test("a run of some paths replaces their sections and leaves the others", () => {
  const before =
    "Intro of old.\n\n### 2 ms, FIFO of 10 BDP (250 kB)\n\nold\n\n### 20 ms, FIFO of 1 BDP (250 kB)\n\nkept";
  const now = "### 2 ms, FIFO of 10 BDP (250 kB)\n\nnew\n\n### 0.2 ms, FIFO of 1 BDP (3.03 kB)\n\nadded";
  assert.deepEqual(
    merged(before, now)
      .split("\n\n")
      .filter((line) => !line.startsWith("#")),
    ["added", "new", "kept"],
  );
});
