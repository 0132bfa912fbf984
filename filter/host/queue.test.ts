// The request queue in one VM and in several: who passes, who waits, who goes next, and that no slot and no request is ever lost.
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { queueRootId, queueTicket } from "../config/queue.ts";
import type { Stream } from "./filter-vm.ts";
import type { Header } from "./headers.ts";
import { level, queueOf, Worker } from "./queue-worker.ts";
import { configOf, type HeaderRecord, headerList, levelHeader, startFilter } from "./sidecar.ts";

test("queue: as many requests as the limit pass, others wait for one that ends, highest level first", () => {
  const worker = new Worker(queueOf());
  const [a, b] = [worker.begin("batch"), worker.begin("batch")];
  assert.ok(!a.isPaused && !b.isPaused);
  const [low, high] = [worker.begin("batch"), worker.begin("interactive")];
  assert.ok(low.isPaused && high.isPaused);
  assert.deepEqual(worker.end(a), [high.context]);
  assert.deepEqual(worker.end(b), [low.context]);
  assert.deepEqual(worker.end(high), []);
  assert.deepEqual(worker.end(low), []);
  worker.tick(1000);
  assert.equal(worker.counter("in_flight"), 0);
  assert.equal(worker.counter("wait_ms.batch"), 1);
});

test("queue: a lower level keeps its share of the turns", () => {
  const worker = new Worker(queueOf({ limit: 1, maxQueued: 1000 }));
  let running = worker.begin();
  const contexts = new Map<number, { stream: Stream; name: string }>();
  for (let i = 0; i < 400; i++)
    for (const name of ["interactive", "batch"]) {
      const stream = worker.begin(name);
      contexts.set(stream.context, { stream, name });
    }
  const turns: string[] = [];
  for (let i = 0; i < 400; i++) {
    const [next] = worker.end(running);
    const entry = contexts.get(next!)!;
    turns.push(entry.name);
    running = entry.stream;
  }
  const low = turns.filter((name) => name === "batch").length;
  assert.ok(low >= 19 && low <= 21, `${low} of 400 turns for a share of 5 %`);
});

test("queue: a request that has waited for maxWait is let through, or answered with Retry-After", () => {
  const worker = new Worker(
    queueOf({ limit: 1, levels: [level, level, { maxWait: 200, onTimeout: "Reject", share: 500 }] }),
  );
  const running = worker.begin();
  const [patient, rejected] = [worker.begin("standard"), worker.begin("batch")];
  assert.deepEqual(worker.tick(100), []);
  const [answer] = worker.tick(101);
  assert.equal(answer?.context, rejected.context);
  assert.equal(answer?.status, 429);
  assert.ok(answer?.headers?.endsWith("retry-after\x001\x00x-envoy-ratelimited\x00true\x00"));
  assert.deepEqual(worker.end(rejected), []);
  assert.deepEqual(worker.tick(800), [{ context: patient.context }]);
  assert.deepEqual([worker.counter("forwarded.standard"), worker.counter("rejected.batch")], [1, 1]);
  worker.end(running);
  worker.end(patient);
  assert.ok(!worker.begin().isPaused);
});

test("queue: what its caller has given up leaves, waiting or not", () => {
  const worker = new Worker(queueOf({ limit: 1 }));
  const running = worker.begin();
  const [gone, next] = [worker.begin(), worker.begin()];
  assert.deepEqual(worker.end(gone), []);
  assert.deepEqual(worker.end(running), [next.context]);
});

test("queue: a request whose cause is in the application passes, up to the limit; then once nothing has ended for 100 ms", () => {
  const worker = new Worker(queueOf({ limit: 2, levels: Array(3).fill({ ...level, onTimeout: "Reject" }) }));
  const ids: HeaderRecord = {
    "x-request-id": "a",
    traceparent: "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
  };
  worker.begin("interactive", ids);
  worker.begin();
  assert.ok(worker.begin("interactive", { "x-request-id": "other" }).isPaused);
  assert.ok(!worker.begin("interactive", { "x-request-id": "a" }).isPaused);
  assert.ok(!worker.begin("interactive", { traceparent: ids.traceparent! }).isPaused);
  const third = worker.begin("interactive", { "x-request-id": "a" });
  assert.ok(third.isPaused);
  assert.deepEqual(worker.tick(101), [{ context: third.context }]);
  assert.equal(worker.counter("reentrant"), 3);
});

test("queue: after a change of the configuration, another VM's question is not taken for that of a stream with the same id", () => {
  const begin = ({ vm }: Worker): readonly Header[] => {
    vm.begin(headerList({}));
    return vm.begin(headerList({})).headers.filter(([header]) => header === queueTicket);
  };
  const [replaced, current] = [new Worker(queueOf({ limit: 1 })), new Worker(queueOf({ limit: 1, maxQueued: 99 }))];
  const [foreign, own] = [begin(replaced), begin(current)];
  const contextOf = (ticket: readonly Header[]): string | undefined => ticket[0]?.[1].slice(0, 8);
  assert.equal(contextOf(foreign), contextOf(own));
  const place = new Map([["plugin_root_id", queueRootId]]);
  assert.ok(!current.vm.begin(foreign, place).isPaused);
  assert.ok(current.vm.begin(own, place).isPaused);
});

test("queue: a ticket from outside is removed, also one that is too long to be read", () => {
  const worker = new Worker(queueOf({ limit: 1 }));
  for (const forged of ["00000002", "x".repeat(70_000)]) {
    const ticket = headerList({ [queueTicket]: forged });
    const stream = worker.vm.begin(ticket);
    assert.deepEqual(stream.headers, []);
    worker.end(stream);
    worker.end(worker.vm.begin(ticket, new Map([["plugin_root_id", queueRootId]])));
  }
  worker.tick(1000);
  assert.equal(worker.counter("in_flight"), 0);
});

test("queue: a request whose cause is in the application is not refused for want of room", () => {
  const levels = Array(3).fill({ ...level, onTimeout: "Reject" });
  const worker = new Worker(queueOf({ limit: 1, maxQueued: 1, levels }));
  const cause = { "x-request-id": "a" };
  worker.begin("batch", cause);
  worker.begin("batch", cause);
  assert.ok(worker.begin().isPaused);
  assert.ok(!worker.begin("batch", cause).isPaused);
  assert.deepEqual(worker.decisions(), []);
});

test("queue: parallel calls of one cause do not get round the limit while requests end; if none ends, one goes every 100 ms", () => {
  const worker = new Worker(queueOf({ limit: 2, levels: Array(3).fill({ ...level, maxWait: 60_000 }) }));
  const streams = Array.from({ length: 30 }, () => worker.begin("batch", { "x-request-id": "export" }));
  const running = streams.filter(({ isPaused }) => !isPaused);
  const letThrough = (contexts: readonly number[]): void => {
    running.push(...streams.filter(({ context }) => contexts.includes(context)));
  };
  for (let i = 0; i < 10; i++) {
    letThrough(worker.end(running.shift()!));
    letThrough(worker.tick(50).map(({ context }) => context));
    assert.ok(running.length <= 4, `${running.length} requests for a limit of 2`);
  }
  assert.deepEqual(
    [101, 50, 51, 101].map((milliseconds) => worker.tick(milliseconds).length),
    [1, 0, 1, 1],
  );
});

test("queue: if too many wait, the lowest level gives up first, and a request below all of them itself", () => {
  const worker = new Worker(
    queueOf({ limit: 1, maxQueued: 2, levels: Array(3).fill({ ...level, onTimeout: "Reject" }) }),
  );
  worker.begin();
  const [one, two] = [worker.begin("batch"), worker.begin("standard")];
  const high = worker.begin();
  assert.ok(high.isPaused);
  assert.deepEqual(
    worker.decisions().map(({ context, status }) => [context, status]),
    [[one.context, 429]],
  );
  const low = worker.begin("batch");
  assert.ok(low.isPaused);
  assert.deepEqual(
    worker.decisions().map(({ context, status }) => [context, status]),
    [[low.context, 429]],
  );
  assert.ok(two.isPaused);
});

test("queue: ticks are frequent only while the worker is busy, and a request that passes makes no host call for the queue", () => {
  const worker = new Worker(queueOf({ limit: 10 }));
  const bare = startFilter(configOf("inbound"));
  bare.request(headerList({ [levelHeader]: "batch", "x-request-id": "a" }));
  const first = worker.begin("batch", { "x-request-id": "a" });
  assert.deepEqual(worker.vm.calls.toSorted(), bare.calls.toSorted());
  assert.equal(worker.vm.tickPeriod, 1000);
  const others = Array.from({ length: 5 }, () => worker.begin());
  assert.equal(worker.vm.tickPeriod, 10);
  for (const stream of [first, ...others]) worker.end(stream);
  assert.deepEqual(worker.vm.calls, [], "nobody waits");
  worker.tick(10);
  assert.equal(worker.vm.tickPeriod, 1000);
});

test("queue: whatever happens, no more than the limit run, nobody waits while a slot is free, and none is lost", () => {
  const event = fc.oneof(
    fc.record({ kind: fc.constant("begin" as const), level: fc.constantFrom("interactive", "standard", "batch") }),
    fc.record({ kind: fc.constant("end" as const), which: fc.nat() }),
    fc.record({ kind: fc.constant("tick" as const) }),
  );
  fc.assert(
    fc.property(fc.array(event, { maxLength: 300 }), fc.integer({ min: 1, max: 5 }), (events, limit) => {
      const worker = new Worker(queueOf({ limit, levels: Array(3).fill({ ...level, maxWait: 3_600_000 }) }));
      const [running, waiting] = [new Map<number, Stream>(), new Map<number, Stream>()];
      const apply = (contexts: readonly number[]): void => {
        for (const context of contexts) {
          assert.ok(waiting.has(context));
          running.set(context, waiting.get(context)!);
          waiting.delete(context);
        }
      };
      const end = (stream: Stream): void => {
        running.delete(stream.context);
        waiting.delete(stream.context);
        apply(worker.end(stream));
      };
      for (const step of events) {
        if (step.kind === "begin") {
          const stream = worker.begin(step.level);
          (stream.isPaused ? waiting : running).set(stream.context, stream);
        } else if (step.kind === "tick") apply(worker.tick(10).map(({ context }) => context));
        else {
          const all = [...running.values(), ...waiting.values()];
          if (all.length > 0) end(all[step.which % all.length]!);
        }
        assert.ok(running.size <= limit && (waiting.size === 0 || running.size === limit));
      }
      for (const stream of [...waiting.values()]) end(stream);
      for (const stream of [...running.values()]) end(stream);
      worker.tick(10);
      assert.deepEqual([worker.counter("in_flight"), worker.counter("length.batch")], [0, 0]);
    }),
    { numRuns: 200 },
  );
});

test("queue: a hundred thousand requests leave the memory as it was", () => {
  const worker = new Worker(queueOf({ maxQueued: 1000 }));
  const { pages } = worker.vm;
  const open: Stream[] = [];
  for (let i = 0; i < 100_000; i++) {
    open.push(worker.begin(i % 2 === 0 ? "batch" : "interactive", { "x-request-id": `${i}` }));
    if (open.length > 500) worker.end(open.splice((i * 7919) % open.length, 1)[0]!);
  }
  for (const stream of open) worker.end(stream);
  worker.tick(10);
  assert.equal(worker.vm.pages, pages);
  assert.equal(worker.counter("in_flight"), 0);
});
