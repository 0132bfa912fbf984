// The request queue of a proxy with several workers, which divide its limit (queue-worker.ts).
import assert from "node:assert/strict";
import { test } from "node:test";
import { millisecond, queueOf, Worker } from "./queue-worker.ts";
import { SharedData } from "./shared-data.ts";

test("queue: workers divide the limit by what each has, the higher level first", () => {
  const shared = new SharedData();
  const [one, other] = [new Worker(queueOf({ limit: 6 }), { shared }), new Worker(queueOf({ limit: 6 }), { shared })];
  const tick = (): void => {
    for (const worker of [one, other, one, other]) {
      worker.time += 10n * millisecond;
      worker.vm.tick();
    }
  };
  for (let i = 0; i < 20; i++) one.begin("batch");
  tick();
  const high = Array.from({ length: 8 }, () => other.begin());
  tick();
  const passed = high.filter(({ isPaused }) => !isPaused).length + other.decisions().length;
  assert.equal(passed, 6);
});

test("queue: workers that were idle divide the limit before they use more of it than there is, also if they are four", () => {
  const shared = new SharedData();
  const workers = Array.from({ length: 4 }, () => new Worker(queueOf({ limit: 20 }), { shared }));
  for (const worker of [...workers, ...workers]) worker.tick(1000);
  const periods = (): readonly number[] => workers.map(({ vm }) => vm.tickPeriod);
  for (const worker of workers) for (let i = 0; i < 5; i++) worker.begin();
  assert.deepEqual(periods(), [1000, 1000, 1000, 1000]);
  for (const worker of workers) worker.begin();
  assert.deepEqual(periods(), [10, 10, 10, 10]);
});
