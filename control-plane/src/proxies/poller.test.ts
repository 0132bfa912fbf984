// Polls of istiod and of proxies that answer late, seldom or not at all.
import assert from "node:assert/strict";
import { test } from "node:test";
import { assertSound, mesh, policy, settled } from "../../test/controller/scenario.ts";
import { VirtualClock } from "../../test/controller/virtual-clock.ts";
import type { Mesh } from "../reconcile/ports.ts";
import { FilterHealthTracker } from "./filter-health.ts";
import { PollSchedule } from "./poll-schedule.ts";
import { Poller } from "./poller.ts";
import { SyncStatus } from "./sync-status.ts";

test("metrics of many unreachable proxies do not delay a poll", async () => {
  const names = Array.from({ length: 50 }, (_, index) => `n${index}`);
  const model = mesh([...names, "shop"], 2);
  Object.assign(model.istiod, { metrics: "closed", metricsTake: 2_000 });
  model.start();
  for (const name of names) model.api.setPolicy(name, policy([]));
  await model.clock.pass(1_000);
  model.api.setPolicy("shop", policy(["a"]));
  const millis = await settled(model, ["shop"]);
  assert.ok(millis < 2_500, `${millis} ms`);
  await model.clock.pass(30_000);
  for (const name of names)
    assert.match(model.api.programmed(name)?.message ?? "", /the metrics of 2 could not be read/);
  assertSound(model);
});

test("an answer for one namespace does not hide that another failed", async () => {
  const clock = new VirtualClock();
  const [syncStatus, filterHealth] = [new SyncStatus(), new FilterHealthTracker()];
  const model: Mesh = {
    proxies: async (namespace) => {
      await clock.sleep(namespace === "b" ? 20 : 10);
      if (namespace === "a") throw new Error("no answer");
      return [];
    },
    debounce: () => ({ after: 100, max: 10_000 }),
    heard: async () => undefined,
    filter: async () => undefined,
  };
  const nothing = (): void => {};
  const poller = new Poller({ mesh: model, syncStatus, filterHealth, clock, polledAll: nothing, done: nothing });
  const focus = { namespaces: new Set(["a", "b"]), groupOf: () => undefined, probeOf: () => undefined };
  const full = poller.run(focus, true);
  await clock.pass(100);
  await full;
  assert.equal(syncStatus.problem, undefined);
  const partial = poller.run(focus, false);
  await clock.pass(100);
  await partial;
  assert.equal(syncStatus.problem, "no answer");
});

test("after a poll of some namespaces, the pause is three times as long as the poll", () => {
  let now = 0;
  const schedule = new PollSchedule({ now: () => now, date: () => new Date(), sleep: async () => {} });
  schedule.polled(true, 10);
  now = 1_000;
  schedule.changed("shop");
  const shop = new Set(["shop"]);
  for (const [took, wait] of [
    [5, 70],
    [300, 900],
  ] as const) {
    schedule.polled(false, took);
    assert.deepEqual(schedule.next(shop), { wait, isFull: false });
  }
});
