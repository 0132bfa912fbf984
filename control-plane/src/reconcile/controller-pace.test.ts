// How often the controller reconciles, whatever wakes it.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Model } from "../../test/controller/model.ts";
import { VirtualClock } from "../../test/controller/virtual-clock.ts";
import { startController } from "./controller.ts";

/** Every reconcile takes `millis`, and something wakes the controller all the time. @returns reconciles in ten seconds */
async function reconcilesIn(millis: number, error?: Error): Promise<number> {
  const clock = new VirtualClock();
  const model = new Model();
  let count = 0;
  let late = 0;
  const controller = startController({
    kubernetes: {
      ...model.api.port("one"),
      cacheState: () => {
        count++;
        late += millis;
        if (error !== undefined) throw error;
        return undefined;
      },
    },
    ...{ mesh: model.istiod.port(), isLeader: () => true },
    desiredState: () => assert.fail("there is no cache state"),
    clock: { ...clock, now: () => clock.now() + late },
    observer: { reconciled: () => {}, wrote: () => {} },
  });
  for (let index = 0; index < 1_000; index++) {
    controller.enqueue();
    await clock.pass(10);
  }
  const stopped = controller.stop();
  await clock.pass(1_000);
  await stopped;
  return count;
}

test("long reconciles are spaced out, and failing ones run once a second, however often something happens", async () => {
  const [short, long, failing] = [
    await reconcilesIn(0),
    await reconcilesIn(100),
    await reconcilesIn(0, new Error("no")),
  ];
  assert.ok(short > 500, `${short} short reconciles`);
  assert.ok(long >= 30 && long <= 35, `${long} long reconciles`);
  assert.ok(failing >= 9 && failing <= 11, `${failing} failing reconciles`);
});
