// The request queue and deadlines: what can't be answered in time goes after what can, whoever says how long the caller waits.
import assert from "node:assert/strict";
import { test } from "node:test";
import { timeoutHeader } from "../config/deadlines.ts";
import type { Stream } from "./filter-vm.ts";
import { level, millisecond, queueOf, Worker } from "./queue-worker.ts";

test("queue: what can't be answered in time goes after what can", () => {
  const worker = new Worker(queueOf({ limit: 1 }));
  const running = worker.begin();
  const late = worker.begin("interactive", { "x-envoy-expected-rq-timeout-ms": "50" });
  const alsoLate = worker.begin("interactive", { "grpc-timeout": "50m" });
  const inTime = worker.begin("batch", { "x-envoy-expected-rq-timeout-ms": "5000" });
  worker.time += 60n * millisecond;
  assert.deepEqual(worker.end(running), [inTime.context]);
  assert.deepEqual(worker.end(inTime), [late.context]);
  assert.deepEqual(worker.end(late), [alsoLate.context]);
});

test("queue: a deadline that the request inherited counts as the caller's own, if the peer is believed", () => {
  for (const [trust, goesFirst] of [
    ["Always", false],
    ["Never", true],
  ] as const) {
    const worker = new Worker(queueOf({ limit: 1 }), { config: { deadlines: "Carry", trust } });
    const running = worker.begin();
    const late = worker.begin("interactive", { [timeoutHeader]: "50" });
    const inTime = worker.begin("interactive", { [timeoutHeader]: "5000" });
    worker.time += 60n * millisecond;
    assert.deepEqual(worker.end(running), [(goesFirst ? late : inTime).context]);
  }
});

test("queue: what the application could not answer in time, by what it took for others, goes after what it can", () => {
  const worker = new Worker(queueOf({ limit: 1 }));
  let running = worker.begin();
  const next = (milliseconds: number, stream: Stream): void => {
    worker.time += BigInt(milliseconds) * millisecond;
    assert.deepEqual(worker.end(running), [stream.context]);
    running = stream;
  };
  for (let i = 0; i < 50; i++) next(40, worker.begin());
  const tight = worker.begin("interactive", { "grpc-timeout": "60m" });
  const late = worker.begin("interactive", { "grpc-timeout": "100m" });
  const inTime = worker.begin("batch", { "grpc-timeout": "500m" });
  // It has more than half of its time left.
  next(20, tight);
  next(45, inTime);
  next(40, late);
});

test("queue: where waiting too long means refusal, a request is refused when its caller gives up", () => {
  const levels = Array(3).fill({ ...level, onTimeout: "Reject" });
  const worker = new Worker(queueOf({ limit: 1, levels }));
  worker.begin();
  const late = worker.begin("interactive", { "grpc-timeout": "50m" });
  worker.begin("interactive", { "grpc-timeout": "5S" });
  assert.deepEqual(worker.tick(49), []);
  assert.deepEqual(
    worker.tick(2).map(({ context, status }) => [context, status]),
    [[late.context, 429]],
  );
  assert.equal(worker.counter("rejected.interactive"), 1);
});

test("queue: a caller that waits for centuries is not late, however large its number", () => {
  for (const timeout of ["5124095H", "99999999H"]) {
    const worker = new Worker(queueOf({ limit: 1 }));
    const running = worker.begin();
    const patient = worker.begin("interactive", { "grpc-timeout": timeout });
    worker.begin("batch");
    assert.deepEqual(worker.end(running), [patient.context], timeout);
  }
});
