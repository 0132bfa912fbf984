// Envoy's memory does not grow with the number of ids. Here up to 8 * 10^4 requests with two ids each, more than the slot
// table holds; soak.ts takes any number.
import assert from "node:assert/strict";
import { test } from "node:test";
import { runSoak } from "./soak-load.ts";
import { missingWasmRuntime } from "./wasm-runtime.ts";

const skip = missingWasmRuntime();

test("soak: after the first 4 * 10^4 requests resident memory grows by less than 2 MB", { skip }, async () => {
  const { samples } = await runSoak(80_000, 2);
  const [half, all] = samples.map(({ rss }) => rss);
  // Ids kept without bound would take 80 bytes each at the least, 6.4 MB in all; measured growth is 0.1 MB.
  assert.ok(all! - half! < 2048, `${half} kB, then ${all} kB`);
});
