// How often the loop turns, whatever wakes it.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Model } from "../../test/controller/model.ts";
import { VirtualClock } from "../../test/controller/virtual-clock.ts";
import { startController } from "./controller.ts";

/** A loop in which every reading of the world takes `millis`, and which something wakes all the time. @returns turns in ten seconds */
async function turnsOf(millis: number, error?: Error): Promise<number> {
  const clock = new VirtualClock();
  const model = new Model();
  let turns = 0;
  let late = 0;
  const loop = startController({
    kubernetes: {
      ...model.api.port("one"),
      cacheState: () => {
        turns++;
        late += millis;
        if (error !== undefined) throw error;
        return undefined;
      },
    },
    ...{ mesh: model.istiod.port(), isLeader: () => true },
    desiredState: () => assert.fail("there is no world"),
    clock: { ...clock, now: () => clock.now() + late },
    observer: { reconciled: () => {}, wrote: () => {} },
  });
  for (let index = 0; index < 1_000; index++) {
    loop.enqueue();
    await clock.pass(10);
  }
  const stopped = loop.stop();
  await clock.pass(1_000);
  await stopped;
  return turns;
}

test("turns that take long come seldom, and those that fail once a second, however often something happens", async () => {
  const [short, long, failing] = [await turnsOf(0), await turnsOf(100), await turnsOf(0, new Error("no"))];
  assert.ok(short > 500, `${short} short turns`);
  assert.ok(long >= 30 && long <= 35, `${long} long turns`);
  assert.ok(failing >= 9 && failing <= 11, `${failing} failing turns`);
});
