// Looks at istiod and at proxies that answer late, seldom or not at all.
import assert from "node:assert/strict";
import { test } from "node:test";
import { assertSound, mesh, settled, wish } from "../../test/controller/scenario.ts";
import { VirtualClock } from "../../test/controller/virtual-clock.ts";
import type { Mesh } from "../reconcile/ports.ts";
import { Schedule } from "../reconcile/schedule.ts";
import { FilterHealthTracker } from "./filter-health.ts";
import { Poller } from "./poller.ts";
import { Probe } from "./probe.ts";
import { SyncStatus } from "./sync-status.ts";

test("metrics of many proxies that nobody reaches hold no look up", async () => {
  const names = Array.from({ length: 50 }, (_, index) => `n${index}`);
  const model = mesh([...names, "shop"], 2);
  Object.assign(model.istiod, { metrics: "closed", metricsTake: 2_000 });
  model.start();
  for (const name of names) model.api.wish(name, wish([]));
  await model.clock.pass(1_000);
  model.api.wish("shop", wish(["a"]));
  const millis = await settled(model, ["shop"]);
  assert.ok(millis < 2_500, `${millis} ms`);
  await model.clock.pass(30_000);
  for (const name of names)
    assert.match(model.api.programmed(name)?.message ?? "", /the metrics of 2 could not be read/);
  assertSound(model);
});

test("a namespace that answers after another's failure does not make the failure good", async () => {
  const clock = new VirtualClock();
  const [syncStatus, filterHealth] = [new SyncStatus(), new FilterHealthTracker()];
  const model: Mesh = {
    proxies: async (namespace) => {
      await clock.sleep(namespace === "b" ? 20 : 10);
      if (namespace === "a") throw new Error("no answer");
      return [];
    },
    filter: async () => undefined,
  };
  const poller = new Poller(
    model,
    syncStatus,
    filterHealth,
    new Probe({ mesh: model, filterHealth, clock, done: () => {} }),
    clock,
  );
  const focus = { namespaces: new Set(["a", "b"]), groupOf: () => undefined, probeOf: () => undefined };
  const whole = poller.look(focus, true);
  await clock.pass(100);
  await whole;
  assert.equal(syncStatus.problem, undefined);
  const looked = poller.look(focus, false);
  await clock.pass(100);
  await looked;
  assert.equal(syncStatus.problem, "no answer");
});

test("looks at a part of the mesh rest three times as long as one takes", () => {
  let now = 0;
  const schedule = new Schedule({ now: () => now, date: () => new Date(), sleep: async () => {} });
  schedule.looked(true, 10);
  now = 1_000;
  schedule.stir("shop");
  const shop = new Set(["shop"]);
  for (const [took, wait] of [
    [5, 70],
    [300, 900],
  ] as const) {
    schedule.looked(false, took);
    assert.deepEqual(schedule.look(shop), { wait, isWhole: false });
  }
});
