// When a request in a real Envoy has a slot: as long as its application works on it, and no longer.
import assert from "node:assert/strict";
import { connect as connectHttp2 } from "node:http2";
import { connect, type Socket } from "node:net";
import { test } from "node:test";
import { send } from "../../envoy/client.ts";
import { missingWasmRuntime } from "../../envoy/wasm-runtime.ts";
import { waitUntil } from "../../process/wait.ts";
import { ports, queueOf } from "./proxy.ts";
import { withQueue } from "./with-queue.ts";

const skip = missingWasmRuntime();
/** More than a client's window of HTTP/2, and less than Envoy buffers. */
const size = 1_000_000;

/** A client that sends a request and reads nothing. @returns what ends it */
const slowReaders: Readonly<Record<string, (path: string) => () => void>> = {
  "HTTP/1.1": (path) => {
    const socket = connect(ports.inbound, "127.0.0.1").pause();
    socket.write(`GET ${path} HTTP/1.1\r\nhost: a\r\n\r\n`);
    return () => socket.destroy();
  },
  "HTTP/2": (path) => {
    const session = connectHttp2(`http://127.0.0.1:${ports.inbound}`, { settings: { initialWindowSize: 65_535 } });
    const stream = session.request({ ":path": path });
    for (const one of [session, stream]) one.on("error", () => undefined);
    stream.pause().end();
    return () => session.destroy();
  },
};

for (const [protocol, begin] of Object.entries(slowReaders))
  test(
    `queue: a client that does not read its answer by ${protocol} has no slot once the application is done`,
    {
      skip,
    },
    () =>
      withQueue({ queue: queueOf(1), workers: 1 }, async ({ application }) => {
        const end = begin(`/bytes?size=${size}`);
        await waitUntil(
          { what: "the application is done", seconds: 5 },
          () => application.came.length === 1 && application.open === 0,
        );
        const { status } = await send(ports.inbound, "/work");
        assert.equal(status, 200);
        end();
      }),
  );

function upgrade(path: string): Promise<{ readonly socket: Socket; readonly answer: string }> {
  const socket = connect(ports.inbound, "127.0.0.1").setEncoding("latin1");
  socket.write(`GET ${path} HTTP/1.1\r\nhost: a\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n`);
  return new Promise((resolve) => socket.once("data", (text) => resolve({ socket, answer: `${text}` })));
}

test("queue: a WebSocket and server-sent events have no slot once they have begun", { skip }, () =>
  withQueue({ queue: queueOf(1), workers: 1 }, async () => {
    const { socket, answer } = await upgrade("/");
    assert.match(answer, /^HTTP\/1\.1 101 /);
    const events = connect(ports.inbound, "127.0.0.1").setEncoding("latin1");
    events.write("GET /stream HTTP/1.1\r\nhost: a\r\naccept: text/event-stream\r\n\r\n");
    await new Promise((resolve) => events.once("data", resolve));
    assert.equal((await send(ports.inbound, "/work")).status, 200);
    const echo = new Promise<string>((resolve) => socket.once("data", (text) => resolve(`${text}`)));
    socket.write("still there");
    assert.equal(await echo, "still there");
    for (const one of [socket, events]) one.destroy();
  }),
);

test("queue: what a client asks for does not spare it the wait, only what the application answers", { skip }, () =>
  withQueue({ queue: queueOf(1), workers: 1 }, async ({ application, proxy }) => {
    const first = send(ports.inbound, "/hold");
    await waitUntil({ what: "the first works", seconds: 5 }, () => application.open === 1);
    const events = send(ports.inbound, "/work", { accept: "text/event-stream" });
    const socket = upgrade("/");
    const length = (): Promise<number> => proxy.queueStat("length.interactive");
    await waitUntil({ what: "both wait", seconds: 5 }, async () => (await length()) === 2);
    assert.equal(application.most, 1);
    application.release();
    assert.deepEqual([(await first).status, (await events).status], [200, 200]);
    (await socket).socket.destroy();
  }),
);

for (const queued of [true, false])
  test(`queue: the application sees no ticket of a client's, ${queued ? "with" : "without"} a queue`, { skip }, () =>
    withQueue({ ...(queued ? { queue: queueOf(1) } : {}), workers: 1 }, async ({ application }) => {
      const { status } = await send(ports.inbound, "/work", { "x-expedite-queue": "00000001" });
      assert.deepEqual([status, application.came.length, application.tickets], [200, 1, 0]);
    }),
  );
