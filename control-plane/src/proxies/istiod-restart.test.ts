// istiod restarts in a model of a mesh (test/controller): what is reported of proxies until all have reconnected.
import assert from "node:assert/strict";
import { test } from "node:test";
import { assertSound, mesh, policy, settled } from "../../test/controller/scenario.ts";

for (const id of ["one", "two"])
  test(`a change made while istiod (then ${id}) is down is programmed only once every proxy has reconnected and has it`, async () => {
    const model = mesh();
    model.start();
    model.api.setPolicy("shop", policy(["a"]));
    await settled(model);
    model.istiod.restart(4_000, 5_000, id);
    await model.clock.pass(1_000);
    model.api.setPolicy("shop", policy(["a"], "other rules"));
    const has = (pod: string): boolean => model.hasAll("shop", pod);
    const pods = model.istiod.proxies.map(({ pod }) => pod);
    await model.clock.until(() => model.api.isProgrammed("shop"), 60_000);
    assert.deepEqual(
      pods.filter((pod) => !has(pod)),
      [],
    );
    assertSound(model);
  });

test("a proxy that does not reconnect is named as long as its pod exists", async () => {
  const model = mesh();
  model.start();
  model.api.setPolicy("shop", policy(["a"]));
  await settled(model);
  model.istiod.restart(1_000, 100_000);
  await model.clock.pass(250_000);
  assert.match(model.api.programmed("shop")?.message ?? "", /1 pending: shop\/web-2 \(is not connected to istiod\)/);
  model.api.outside.add("shop/web-2");
  await model.clock.until(() => model.api.isProgrammed("shop"), 40_000);
  assertSound(model);
});

test("a leader that begins while proxies reconnect waits for those that it has never seen", async () => {
  const model = mesh();
  model.start();
  model.api.setPolicy("shop", policy(["a"]));
  await settled(model);
  model.istiod.restart(4_000, 8_000);
  model.kill();
  model.api.setPolicy("shop", policy(["a"], "other rules"));
  await model.clock.pass(5_000);
  model.start();
  await model.clock.until(() => model.api.isProgrammed("shop"), 60_000);
  assert.equal(model.isConverged(), true);
  assertSound(model);
});
