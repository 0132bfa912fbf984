// Most requests wait, a third of the clients give up, the application resets connections, and the configuration changes: every request that
// is waited for gets the application's own answer, and no slot is lost. `npm run soak:queue` does the same with 10^5.
import assert from "node:assert/strict";
import { test } from "node:test";
import { missingWasmRuntime } from "../../envoy/wasm-runtime.ts";
import { runMixedFaults } from "./mixed-faults.ts";

const skip = missingWasmRuntime();

for (const workers of [1, 2])
  test(`queue: clients, application and configuration change their minds, ${workers} workers`, { skip }, async () => {
    const { answered, abandoned, reset, wrong } = await runMixedFaults({ requests: 1500, workers, changes: 5 });
    assert.deepEqual(wrong.slice(0, 5), []);
    assert.ok(answered > 700 && abandoned > 200 && reset > 20, JSON.stringify({ answered, abandoned, reset }));
  });
