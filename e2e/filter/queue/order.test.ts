// The request queue in a real Envoy: whose request goes first, what never waits, and what becomes of requests that wait too long.
import assert from "node:assert/strict";
import { connect } from "node:net";
import { test } from "node:test";
import { send } from "../../envoy/client.ts";
import { missingWasmRuntime } from "../../envoy/wasm-runtime.ts";
import { waitUntil } from "../../process/wait.ts";
import { type Application, startApplication } from "./application.ts";
import { ports, type Queue, QueueProxy, queueOf } from "./proxy.ts";

const skip = missingWasmRuntime();
const batch = { "x-request-priority": "batch" };

type Site = { readonly application: Application; readonly proxy: QueueProxy };

async function withQueue(queue: Queue, workers: number, run: (site: Site) => Promise<void>): Promise<void> {
  const application = await startApplication({ port: ports.application, workers: 100, proxy: ports.inbound });
  const proxy = await QueueProxy.start({ queue, workers });
  try {
    await run({ application, proxy });
    await waitUntil({ what: "no slot is lost", seconds: 5 }, async () => (await proxy.queueStat("in_flight")) === 0);
  } finally {
    await proxy.stop();
    await application.close();
  }
}

test("queue: the highest level goes first, and no more than the limit are in the application", { skip }, () =>
  withQueue(queueOf(1), 1, async ({ application, proxy }) => {
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
  return withQueue(queue, 1, async ({ application, proxy }) => {
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
    return withQueue(queueOf(2, { levels: [level, level, level] }), workers, async () => {
      const trees = Array.from({ length: 6 }, (_, tree) =>
        send(ports.inbound, "/call?depth=5", { "x-request-id": `tree-${tree}` }),
      );
      const statuses = (await Promise.all(trees)).map(({ status }) => status);
      assert.deepEqual(statuses, Array(6).fill(200));
    });
  });

test("queue: an upgraded connection has no slot", { skip }, () =>
  withQueue(queueOf(1), 1, async () => {
    const socket = connect(ports.inbound, "127.0.0.1").setEncoding("latin1");
    socket.write("GET / HTTP/1.1\r\nhost: a\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n");
    const answer = await new Promise<string>((resolve) => socket.once("data", (text) => resolve(`${text}`)));
    assert.match(answer, /^HTTP\/1\.1 101 /);
    assert.equal((await send(ports.inbound, "/work")).status, 200);
    socket.destroy();
  }),
);

test("queue: a ticket from outside is removed and buys nothing", { skip }, () =>
  withQueue(queueOf(1), 1, async ({ application }) => {
    const { status } = await send(ports.inbound, "/work", { "x-expedite-queue": "00000001" });
    assert.deepEqual([status, application.tickets], [200, 0]);
  }),
);
