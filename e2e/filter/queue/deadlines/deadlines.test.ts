// A chain of three services that are overloaded, whose clients give up: with deadlines that are carried, the last one hardly works for
// clients that have gone. `npm run bench:deadlines` measures the same for longer.
import assert from "node:assert/strict";
import { test } from "node:test";
import { missingWasmRuntime } from "../../../envoy/wasm-runtime.ts";
import { queueOf } from "../proxy.ts";
import { runChain } from "./chain.ts";

const skip = missingWasmRuntime();

const level = { maxWait: 10_000, onTimeout: "Reject", share: 500 } as const;
const queue = queueOf(3, { levels: [{ ...level, share: 9000 }, level, level] });
/** The burst is more than the workers do while a client waits, so without deadlines each request waits for longer than its client. */
const options = { queue, workers: 2, work: 100, patience: 1500, load: 1.3, burst: 45, warmUp: 2, seconds: 4 };

test("deadlines: three services behind the edge, work for clients that have gone becomes rare", { skip }, async () => {
  const without = await runChain(options);
  const carried = await runChain({ ...options, deadlines: "Carry" });
  const counts = `${without.useful} and ${without.useless} without, ${carried.useful} and ${carried.useless} with deadlines`;
  assert.ok(without.useless > 30, counts);
  assert.ok(carried.useless < without.useless / 4, counts);
  assert.ok(carried.useful > 3 * without.useful, counts);
});
