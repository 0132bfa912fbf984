// Two workers and 200 concurrent mixed requests with random ids have not one wrong level. This test sends 10^4 requests; wrong-levels.ts
// sends any number.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { missingWasmRuntime } from "../envoy/wasm-runtime.ts";
import { runMixedLoad } from "./mixed-load.ts";
import { type Sidecar, startSidecar } from "./sidecar.ts";

const skip = missingWasmRuntime();
let sidecar: Sidecar | undefined;
before(async () => {
  if (skip !== false) return;
  sidecar = await startSidecar();
});
after(() => sidecar?.stop());

test("mixed load: 10^4 requests of random level and id, no wrong level and no error", { skip }, async () => {
  const { requests, errors, wrong, examples } = await runMixedLoad({ requests: 10_000, concurrent: 200 });
  assert.deepEqual({ requests, errors, wrong, examples }, { requests: 10_000, errors: 0, wrong: 0, examples: [] });
});
