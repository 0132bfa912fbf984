// Runs 10^4 cases of npm run fuzz, different ones each time.
import assert from "node:assert/strict";
import { randomInt } from "node:crypto";
import { test } from "node:test";
import { runFuzz } from "./fuzz/run.ts";
import { filterModule } from "./sidecar.ts";

test("fuzz: 10^4 random requests and configurations cause no trap", () => {
  const counts = runFuzz({ module: filterModule, cases: 10_000, seed: randomInt(2 ** 32) });
  // Perhaps no running configuration has a queue, or one that refuses.
  const { waited, turnedAway, ...others } = counts;
  for (const [what, count] of Object.entries(others)) assert.ok(count > 10, `${what}: ${count}`);
});
