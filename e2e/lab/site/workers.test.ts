// Workers: no more requests at once than there are threads, in the order in which they came.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Workers } from "./workers.ts";

test("requests wait for a free thread in the order in which they came, and the most at once are counted", async (t) => {
  const workers = new Workers(1);
  t.after(() => workers.stop());
  const done: number[] = [];
  const began = performance.now();
  await Promise.all(
    [30, 1, 20, 0].map((milliseconds, index) => workers.work(milliseconds).then(() => done.push(index))),
  );
  assert.deepEqual(done, [0, 1, 2, 3]);
  assert.ok(performance.now() - began >= 50);
  assert.equal(workers.takeMost(), 4);
  await workers.work(0);
  assert.equal(workers.takeMost(), 1);
});

test("threads work at the same time", async (t) => {
  const workers = new Workers(2);
  t.after(() => workers.stop());
  await Promise.all([0, 0].map((milliseconds) => workers.work(milliseconds)));
  // The short ones pass the long one, which another thread has.
  const done: string[] = [];
  const long = workers.work(2000).then(() => done.push("long"));
  for (const name of ["first", "second"]) await workers.work(1).then(() => done.push(name));
  await long;
  assert.deepEqual(done, ["first", "second", "long"]);
});
