// In real Envoy: a proxy looks for causes only after a request was demoted, on every worker, and always if it rejects the gauge that says so.
import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { readStats } from "../envoy/admin.ts";
import { send } from "../envoy/client.ts";
import { missingWasmRuntime } from "../envoy/wasm-runtime.ts";
import { waitUntil } from "../process/wait.ts";
import { ports, type Sidecar, startSidecar } from "./sidecar.ts";

const skip = missingWasmRuntime();
const gauge = "wasmcustom.expedite.demoted.last_seen_seconds";
const vms = 3;

async function started(context: TestContext, more = {}): Promise<Sidecar> {
  const sidecar = await startSidecar({}, more);
  context.after(() => sidecar.stop());
  return sidecar;
}

let last = 0;
/** Sends a request whose application forwards its id. @returns the level of its call; "none" for the default level */
async function callOf(level?: string): Promise<string | undefined> {
  last += 1;
  const headers = {
    "x-request-id": `default ${last}`,
    ...(level === undefined ? {} : { "x-request-priority": level }),
  };
  const answer = await send(ports.inbound, "/?forward=x-request-id", headers);
  assert.equal(answer.status, 200);
  return answer.headers["x-call-level"] as string | undefined;
}

/** The filter's counters and gauge once every VM has reported what it did so far. */
async function settled({ envoy }: Sidecar): Promise<ReadonlyMap<string, number>> {
  const read = () => readStats(envoy.admin, "^wasmcustom\\.expedite\\.");
  const ticks = async () => (await read()).get("wasmcustom.expedite.outbound.ticks") ?? 0;
  const before = await ticks();
  await waitUntil({ what: "every VM has ticked twice", seconds: 10 }, async () => (await ticks()) >= before + 2 * vms);
  return read();
}

const joins = (counters: ReadonlyMap<string, number>): number =>
  [...counters].filter(([name]) => name.includes(".joins.")).reduce((sum, [, value]) => sum + value, 0);

test("default level: nothing is looked for before a request was demoted, and everything afterwards", {
  skip,
}, async (context) => {
  const sidecar = await started(context);
  for (let i = 0; i < 20; i++) assert.equal(await callOf(), "none");
  const quiet = await settled(sidecar);
  assert.equal(quiet.get(gauge), 1, "never");
  assert.equal(quiet.get("wasmcustom.expedite.outbound.requests.interactive"), 20);
  assert.equal(joins(quiet), 0);
  // Connections are spread over both workers.
  for (let i = 0; i < 20; i++) assert.equal(await callOf("batch"), "batch");
  await Promise.all(Array.from({ length: 20 }, async () => assert.equal(await callOf(), "none")));
  const busy = await settled(sidecar);
  assert.ok(Math.abs(busy.get(gauge)! - Date.now() / 1000) < 60, `${busy.get(gauge)}`);
  assert.equal(joins(busy), 40);
});

test("default level: a proxy whose stats_matcher rejects the gauge looks for everything", { skip }, async (context) => {
  const exclusion_list = { patterns: [{ suffix: "last_seen_seconds" }] };
  const sidecar = await started(context, { stats_config: { stats_matcher: { exclusion_list } } });
  for (let i = 0; i < 5; i++) assert.equal(await callOf(), "none");
  for (let i = 0; i < 5; i++) assert.equal(await callOf("batch"), "batch");
  const counters = await settled(sidecar);
  assert.equal(counters.get(gauge), undefined);
  assert.equal(joins(counters), 10);
});
