// 10^5 requests through two busy workers, half of them with ids that other requests have at the same moment: not one wrong level, and
// Envoy's memory does not grow. `npm run soak` does the same with 10^7.
import assert from "node:assert/strict";
import { test } from "node:test";
import { missingWasmRuntime } from "../envoy/wasm-runtime.ts";
import { runSoak } from "./soak-run.ts";

const skip = missingWasmRuntime();

test("soak: 10^5 requests, no wrong level, no error, and no growth of memory", { skip }, async () => {
  const n = 100_000;
  const { seed, counts, missed, workerSeconds, samples } = await runSoak({
    requests: n,
    seconds: 3600,
    seed: Math.floor(Math.random() * 1_000_000),
    workers: 2,
    samples: 2,
  });
  const { requests, wrong, lost, errors, examples } = counts;
  assert.deepEqual(
    { requests, wrong, lost, missed, errors, examples },
    { requests: n, wrong: 0, lost: 0, missed: 0, errors: 0, examples: [] },
    `seed ${seed}`,
  );
  assert.ok(counts.duplicates > n * 0.4 && counts.duplicates < n * 0.6, `${counts.duplicates} shared an id`);
  assert.ok(counts.disagreeing > n * 0.1, `only ${counts.disagreeing} disagreed`);
  assert.equal(workerSeconds.length, 2);
  for (const [index, seconds] of workerSeconds.entries())
    assert.ok(seconds > 0.5, `worker ${index} was on a core for ${seconds} s only`);
  const [half, all] = samples.map(({ rss }) => rss);
  // Without a bound, ids would take at least 80 bytes each, 4 MB in all.
  assert.ok(all! - half! < 2048, `seed ${seed}: ${half} kB, then ${all} kB`);
});
