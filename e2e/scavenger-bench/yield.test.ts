// The scavenger fills a link of its own and leaves it to cubic: one cell of the bench, with bounds that a busy machine keeps too.
import assert from "node:assert/strict";
import { test } from "node:test";
import { loadScavenger, unloadScavenger } from "./congestion-control.ts";
import { measure } from "./measure.ts";
import { buildDelayer, obstacle } from "./requirements.ts";

const skip = obstacle() ?? false;

test("four scavenger flows fill an idle link, and leave it to one cubic flow", { skip }, async (t) => {
  const scavenger = await loadScavenger();
  t.after(unloadScavenger);
  const [setting] = await measure(
    { low: ["scavenger"], flows: [4], high: ["cubic"], rtt: [2], size: [10], repeats: 1, seconds: 3 },
    {
      kernelName: (name) => (name === "scavenger" ? scavenger : name),
      delayer: buildDelayer(),
      realTime: false,
      say: () => {},
      keep: async () => {},
    },
  );
  const [played] = setting!.rows[0]!.repeats;
  const { before, after } = played!.beside.cubic!;
  assert.ok(played!.alone > 0.6, `alone: ${played!.alone}`);
  for (const shares of [before, after]) assert.ok(shares.low < 0.2 && shares.high > 0.6, JSON.stringify(shares));
});
