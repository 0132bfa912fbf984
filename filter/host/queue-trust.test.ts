// What a client says of its request, and what of that spares the request a wait: nothing that any client may write.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { FilterConfig } from "../config/schema.ts";
import type { Stream } from "./filter-vm.ts";
import { level, queueOf, Worker } from "./queue-worker.ts";
import type { HeaderRecord } from "./sidecar.ts";

const rejecting = Array(3).fill({ ...level, maxWait: 500, onTimeout: "Reject" });
const mesh: Partial<FilterConfig> = { trust: "Mesh", trustDomains: ["cluster.local"] };
const peerUri = "connection.uri_san_peer_certificate";
const ownUri = "connection.uri_san_local_certificate";
const identity = (account: string, domain = "cluster.local"): string => `spiffe://${domain}/ns/shop/sa/${account}`;
const ids: HeaderRecord = { traceparent: "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01" };

/** A request with the ids, from the account to that of `to`; without an account, from a peer without a certificate. */
function call(worker: Worker, from?: string, to = "web"): Stream {
  const peer = from === undefined ? {} : { [peerUri]: from.includes(":") ? from : identity(from) };
  return worker.begin("interactive", ids, { [ownUri]: identity(to), ...peer });
}

for (const [what, path, isExempt] of [
  ["a listed path", "/events?since=1..2", true],
  ["a path below a listed one", "/debug/vars", true],
  ["a health check of gRPC", "/grpc.health.v1.Health/Check", true],
  ["a path with escaped letters", "/events/caf%C3%A9", true],
  ["another path", "/other", false],
  ["a step back", "/events/../export", false],
  ["an escaped step back", "/events/%2e%2E/export", false],
  ["an escaped slash", "/events/..%2Fexport", false],
  ["a slash that is escaped alone", "/events%2fexport", false],
  ["a backslash", "/debug/\\export", false],
  ["an escaped backslash", "/debug/%5Cexport", false],
  ["a step back from a health check", "/grpc.health.v1.Health/../export", false],
] as const)
  test(`queue: ${what} ${isExempt ? "is" : "is not"} exempt`, () => {
    const worker = new Worker(queueOf({ limit: 1, exemptPaths: ["/events", "/debug/"] }));
    worker.begin();
    assert.equal(worker.begin("batch", { ":path": path }).isPaused, !isExempt);
  });

test("queue: CONNECT is exempt, which only routes that are made for it take", () => {
  const worker = new Worker(queueOf({ limit: 1, exemptPaths: ["/events"] }));
  worker.begin();
  assert.ok(!worker.begin("batch", { ":method": "CONNECT" }).isPaused);
});

for (const headers of [{ upgrade: "websocket" }, { accept: "text/event-stream" }])
  test(`queue: ${JSON.stringify(headers)} waits, and has a slot until its answer begins`, () => {
    const worker = new Worker(queueOf({ limit: 1 }));
    const first = worker.begin();
    const stream = worker.begin("interactive", headers);
    assert.ok(stream.isPaused);
    assert.deepEqual(worker.end(first), [stream.context]);
    const next = worker.begin();
    assert.ok(next.isPaused);
    for (let i = 0; i < 3; i++) assert.deepEqual(worker.tick(10), [], "no answer yet");
    worker.vm.addAttributes(stream.context, { "response.code": Uint8Array.of(200, 0, 0, 0, 0, 0, 0, 0) });
    assert.deepEqual(worker.tick(10), [{ context: next.context }]);
    worker.end(stream);
    worker.end(next);
    worker.tick(10);
    assert.equal(worker.counter("in_flight"), 0);
  });

test("queue: requests of one caller under one id are not each other's causes: they wait, and are refused, as others are", () => {
  const worker = new Worker(queueOf({ limit: 1, levels: rejecting }), { config: mesh });
  call(worker, "ingress");
  const siblings = Array.from({ length: 3 }, () => call(worker, "ingress"));
  assert.ok(siblings.every(({ isPaused }) => isPaused));
  const back = call(worker, "ratings");
  assert.ok(!back.isPaused, "from a service that the application called");
  assert.deepEqual(
    worker.tick(501).map(({ status }) => status),
    [429, 429, 429],
  );
});

test("queue: callers that have the application's own account can't be told from it, so the ids decide", () => {
  const worker = new Worker(queueOf({ limit: 1 }), { config: mesh });
  call(worker, "default", "default");
  assert.ok(!call(worker, "default", "default").isPaused);
});

for (const [what, from] of [
  ["without a certificate", undefined],
  ["of another trust domain", identity("ratings", "example.org")],
] as const)
  test(`queue: where only peers of the mesh are believed, so are the ids: a peer ${what} waits until nothing has ended for 100 ms`, () => {
    const worker = new Worker(queueOf({ limit: 1, levels: rejecting }), { config: mesh });
    call(worker, "ingress");
    const back = call(worker, from);
    assert.ok(back.isPaused);
    assert.deepEqual(worker.tick(101), [{ context: back.context }]);
    const trusting = new Worker(queueOf({ limit: 1 }));
    call(trusting, "ingress");
    assert.ok(!call(trusting, from).isPaused);
  });

test("queue: to find a cause among a thousand requests takes a fixed number of host calls", () => {
  const worker = new Worker(queueOf({ limit: 1000 }), { config: mesh });
  for (let i = 0; i < 1000; i++) call(worker, "job");
  const calls = new Set<number>();
  for (let i = 0; i < 100; i++) {
    assert.ok(call(worker, "job").isPaused);
    calls.add(worker.vm.calls.length);
  }
  assert.ok(Math.max(...calls) < 50, `${[...calls]}`);
});
