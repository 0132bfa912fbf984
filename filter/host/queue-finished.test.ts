// A slot is the application's time: a request whose answer the application has finished has none, however slowly its client reads.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Stream } from "./filter-vm.ts";
import { queueOf, Worker } from "./queue-worker.ts";

/** Envoy has the last byte of the answer. */
function finish(worker: Worker, { context }: Stream): void {
  worker.vm.addAttributes(context, { "response.backend_latency": new Uint8Array(8) });
}

test("queue: a request that is answered has no slot, also before its stream ends", () => {
  const worker = new Worker(queueOf({ limit: 2 }));
  const [slow, busy] = [worker.begin(), worker.begin()];
  const [one, two] = [worker.begin(), worker.begin()];
  assert.ok(one.isPaused && two.isPaused);
  for (let i = 0; i < 3; i++) assert.deepEqual(worker.tick(10), []);
  finish(worker, slow);
  assert.deepEqual(worker.tick(10), [{ context: one.context }]);
  assert.deepEqual(worker.end(slow), [], "it has no slot to give");
  assert.deepEqual(worker.end(busy), [two.context]);
  for (const stream of [one, two]) worker.end(stream);
  worker.tick(10);
  assert.equal(worker.counter("in_flight"), 0);
});

test("queue: ticks find all that are answered, a fixed number at a time, and ask for none that has just come", () => {
  const worker = new Worker(queueOf({ limit: 1000 }));
  const streams = Array.from({ length: 500 }, () => worker.begin());
  worker.tick(10);
  assert.ok(!worker.vm.calls.some((call) => call.includes("response")), "they have just come");
  for (const stream of streams.slice(0, 250)) finish(worker, stream);
  const before = worker.vm.calls.length;
  for (let i = 0; i < 12; i++) {
    worker.tick(10);
    assert.ok(worker.vm.calls.length < before + 64 * 3 + 10, `${worker.vm.calls.length} host calls`);
  }
  assert.equal(worker.counter("in_flight"), 250);
  for (const stream of streams) worker.end(stream);
  worker.tick(10);
  assert.equal(worker.counter("in_flight"), 0);
});

test("queue: a tick of an idle worker asks nothing about requests", () => {
  const worker = new Worker(queueOf({ limit: 10 }));
  worker.end(worker.begin());
  worker.tick(1000);
  const { calls } = worker.vm;
  assert.ok(!calls.some((call) => call.includes("response")), calls.join("\n"));
});
