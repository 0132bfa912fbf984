// The scavenger fills a link of its own and leaves it to cubic: one cell of the bench, with bounds that a busy machine keeps too.
import assert from "node:assert/strict";
import { test } from "node:test";
import { loadScavenger, unloadScavenger } from "./congestion-control.ts";
import { measure } from "./measure.ts";
import { buildDelayer, obstacle } from "./requirements.ts";

const skip = obstacle() ?? false;

/** To the scavenger, a processor that another program takes away is a queue on the way. So a trial on a busy machine says little. */
const trials = 4;

test("four scavenger flows fill an idle link, and leave it to one cubic flow", { skip }, async (t) => {
  const scavenger = await loadScavenger();
  t.after(unloadScavenger);
  const delayer = buildDelayer();
  const found: string[] = [];
  for (let trial = 0; trial < trials; trial++) {
    const [setting] = await measure(
      { low: ["scavenger"], flows: [4], high: ["cubic"], rtt: [2], size: [10], repeats: 1, seconds: 3 },
      {
        kernelName: (name) => (name === "scavenger" ? scavenger : name),
        ...{ delayer, realTime: false, say: () => {}, keep: async () => {} },
      },
    );
    const [played] = setting!.rows[0]!.repeats;
    const { before, after } = played!.beside.cubic!;
    if (played!.alone > 0.6 && [before, after].every(({ low, high }) => low < 0.2 && high > 0.6)) return;
    found.push(JSON.stringify({ alone: played!.alone, before, after }));
  }
  assert.fail(found.join("\n"));
});
