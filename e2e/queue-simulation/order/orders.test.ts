// What the simulated orders must show whatever the seed: priority moves waiting from one class to the other, and makes none of it go away.
import assert from "node:assert/strict";
import { test } from "node:test";
import { compareOrders, orders } from "./orders.ts";

const seeds = Array.from({ length: 20 }, (_, repeat) => [7, repeat]);

test("queue simulation: the order decides who waits, not how long all together wait", () => {
  const { summaries } = compareOrders(0.95, 20, seeds);
  const [before, ...others] = summaries;
  for (const [index, { person, batch, wait }] of others.entries()) {
    const name = orders[index + 1]!.name;
    assert.ok(Math.abs(wait / before!.wait - 1) < 0.1, `${name}: ${wait} and ${before!.wait} ms`);
    assert.ok(person.p99 < before!.person.p99 / 2, `${name}: a person's p99 is ${person.p99} ms`);
    assert.ok(batch.p99 > before!.batch.p99, `${name}: batch's p99 is ${batch.p99} ms`);
  }
});
