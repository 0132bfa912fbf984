// In real Envoy: an application that forwards only tracestate keeps the level; a proxy in mode Observe changes nothing and counts.
import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import type { FilterConfig } from "@expedite/filter/config/schema.ts";
import { readStats } from "../envoy/admin.ts";
import { type Answer, send } from "../envoy/client.ts";
import { missingWasmRuntime } from "../envoy/wasm-runtime.ts";
import { waitUntil } from "../process/wait.ts";
import { ports, type Sidecar, startSidecar } from "./sidecar.ts";

const skip = missingWasmRuntime();

async function started(context: TestContext, config: Partial<FilterConfig>): Promise<Sidecar> {
  const sidecar = await startSidecar(config);
  context.after(() => sidecar.stop());
  return sidecar;
}

const seen = ({ headers }: Answer): readonly (string | undefined)[] =>
  ["x-app-saw", "x-call-level", "x-call-route"].map((name) => headers[name]);

test("tracestate: an application that forwards nothing else keeps the level", { skip }, async (context) => {
  await started(context, { readFrom: [{ tracestate: "xp" }], writeTo: { tracestate: "xp" }, writeDefault: true });
  for (const tracestate of ["vendor=1", "xp=interactive,vendor=1", undefined]) {
    const headers = { "x-request-priority": "batch", ...(tracestate === undefined ? {} : { tracestate }) };
    const answer = await send(ports.inbound, "/?forward=tracestate", headers);
    assert.deepEqual(seen(answer), ["batch", "batch", "batch"]);
  }
  const edge = await send(ports.gateway, "/export?forward=tracestate", { tracestate: "xp=interactive" });
  assert.deepEqual(seen(edge), ["batch", "batch", "batch"]);
});

test("values: a level in another header counts if the peer is trusted", { skip }, async (context) => {
  const values = [{ value: "7", level: "batch" }];
  await started(context, { readFrom: [{ header: "x-priority", values }], writeDefault: true });
  const headers = { "x-request-id": "values", "x-priority": "7" };
  assert.deepEqual(seen(await send(ports.inbound, "/?forward=x-request-id", headers)), ["batch", "batch", "batch"]);
  const outside = await send(ports.gateway, "/?forward=x-request-id", headers);
  assert.deepEqual(seen(outside), ["interactive", "interactive", "interactive"], "the gateway's trust is Never");
});

test("Observe: nothing is written, no route changes, everything is counted", { skip }, async (context) => {
  const { envoy } = await started(context, { mode: "Observe" });
  assert.deepEqual(seen(await send(ports.gateway, "/export")), ["none", "none", "default"]);
  const sent = await send(ports.inbound, "/?forward=x-request-id&ask=interactive", {
    "x-request-id": "observed",
    "x-request-priority": "batch",
  });
  assert.deepEqual(
    seen(sent),
    ["batch", "interactive", "interactive"],
    "the level that the application asks for is unchanged",
  );
  // The third request came through the gateway, and its application forwarded nothing.
  const names = ["gateway.requests.batch", "outbound.overwritten", "outbound.joins.missed.reviews.bookinfo"];
  await waitUntil({ what: "everything is counted", seconds: 10 }, async () => {
    const counters = await readStats(envoy.admin, "^wasmcustom\\.expedite\\.");
    assert.deepEqual(
      names.map((name) => counters.get(`wasmcustom.expedite.${name}`)),
      [1, 1, 1],
    );
    return true;
  });
});
