// The request queue in a real Envoy: whose request goes first, what never waits, and what becomes of requests that wait too long.
import assert from "node:assert/strict";
import { test } from "node:test";
import { send } from "../../envoy/client.ts";
import { missingWasmRuntime } from "../../envoy/wasm-runtime.ts";
import { waitUntil } from "../../process/wait.ts";
import { ports, queueOf } from "./proxy.ts";
import { withQueue } from "./with-queue.ts";

const skip = missingWasmRuntime();
const batch = { "x-request-priority": "batch" };

test("queue: the highest level goes first, and no more than the limit are in the application", { skip }, () =>
  withQueue({ queue: queueOf(1), workers: 1 }, async ({ application, proxy }) => {
    const first = send(ports.inbound, "/hold");
    await waitUntil({ what: "the first works", seconds: 5 }, () => application.open === 1);
    const low = Array.from({ length: 5 }, () => send(ports.inbound, "/work?ms=5", batch));
    await waitUntil({ what: "five wait", seconds: 5 }, async () => (await proxy.queueStat("length.batch")) === 5);
    const high = Array.from({ length: 5 }, () => send(ports.inbound, "/work?ms=5"));
    const length = (): Promise<number> => proxy.queueStat("length.interactive");
    await waitUntil({ what: "five more wait", seconds: 5 }, async () => (await length()) === 5);
    application.release();
    const statuses = (await Promise.all([first, ...low, ...high])).map(({ status }) => status);
    assert.deepEqual(statuses, Array(11).fill(200));
    const { most, came, tickets } = application;
    assert.deepEqual({ most, tickets }, { most: 1, tickets: 0 });
    assert.deepEqual(came, ["interactive", ...Array(5).fill("interactive"), ...Array(5).fill("batch")]);
  }),
);

test("queue: what has waited too long is refused with 429 and Retry-After, or let through", { skip }, () => {
  const level = { maxWait: 300, onTimeout: "Forward", share: 0 } as const;
  const queue = queueOf(1, { levels: [level, level, { ...level, onTimeout: "Reject" }] });
  return withQueue({ queue, workers: 1 }, async ({ application, proxy }) => {
    const first = send(ports.inbound, "/hold");
    await waitUntil({ what: "the first works", seconds: 5 }, () => application.open === 1);
    const [refused, forwarded] = await Promise.all([
      send(ports.inbound, "/work", batch),
      send(ports.inbound, "/work", { "x-request-priority": "standard" }),
    ]);
    assert.deepEqual([refused.status, refused.headers["retry-after"], forwarded.status], [429, "1", 200]);
    application.release();
    assert.equal((await first).status, 200);
    await waitUntil(
      { what: "both are counted", seconds: 5 },
      async () =>
        (await proxy.queueStat("rejected.batch")) === 1 && (await proxy.queueStat("forwarded.standard")) === 1,
    );
  });
});

/** On another worker, the cause is not known; there a request waits for maxWait at most. */
for (const workers of [1, 2])
  test(`queue: a request that calls its own service, deeper than the limit, is not stuck, ${workers} workers`, {
    skip,
  }, () => {
    const level = { maxWait: workers === 1 ? 60_000 : 300, onTimeout: "Forward", share: 0 } as const;
    return withQueue({ queue: queueOf(2, { levels: [level, level, level] }), workers }, async () => {
      const trees = Array.from({ length: 6 }, (_, tree) =>
        send(ports.inbound, "/call?depth=5", { "x-request-id": `tree-${tree}` }),
      );
      const statuses = (await Promise.all(trees)).map(({ status }) => status);
      assert.deepEqual(statuses, Array(6).fill(200));
    });
  });
