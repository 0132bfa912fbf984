// A replica that begins to lead, and one that no longer does, in a model of a mesh (test/controller).
import assert from "node:assert/strict";
import { test } from "node:test";
import { assertSound, mesh, policy, settled } from "../../test/controller/scenario.ts";

test("a leader that lost the Lease writes nothing more; the next one continues from what is stored", async () => {
  const model = mesh(["shop", "jobs"]);
  model.start();
  model.api.setPolicy("shop", policy(["a", "b"]));
  model.api.refuse = (_, key) => (key.endsWith("expedite-routes") ? "not yet" : undefined);
  await model.clock.until(() => model.api.objects.has("EnvoyFilter shop/expedite-clusters"), 1_000);
  const first = model.leader;
  model.kill();
  const at = model.clock.now();
  await model.clock.pass(5_000);
  assert.ok(model.api.writes.every((write) => write.by !== first || write.at <= at + model.api.latency));
  model.api.refuse = () => undefined;
  model.start();
  await settled(model, ["shop"], 20_000);
  const written = model.api.writes
    .filter(({ verb, by }) => verb === "apply" && by === model.leader)
    .map(({ key }) => key);
  assert.deepEqual(written, ["EnvoyFilter shop/expedite-routes"], "what was stored is not written again");
  assertSound(model);
});

test("a replica that leads again has forgotten what it saw, and polls before it continues", async () => {
  const model = mesh();
  model.start();
  model.api.setPolicy("shop", policy(["a"]));
  await settled(model);
  assert.equal(await model.depose(60_000), 0);
  model.istiod.isHanging = true;
  const count = model.api.writes.length;
  model.api.setPolicy("shop", policy(["a", "b"], "b"));
  await model.clock.pass(3_000);
  assert.deepEqual(model.api.writes.slice(count), [], "what it saw before does not count");
  model.istiod.isHanging = false;
  await model.depose(1_000);
  await settled(model);
  assertSound(model);
});

test("a poll that was in progress when the Lease was lost does not count", async () => {
  const model = mesh();
  model.start();
  model.api.setPolicy("shop", policy(["a"]));
  await settled(model);
  model.istiod.touch("shop");
  await model.clock.pass(102);
  for (const millis of [1, 2, 500, 3]) assert.equal(await model.depose(millis), 0);
  await settled(model);
  assertSound(model);
});

test("stopping does not wait for an istiod that never answers", async () => {
  const model = mesh();
  model.istiod.isHanging = true;
  model.start();
  model.api.setPolicy("shop", policy(["a"]));
  await model.clock.pass(1_000);
  const began = model.clock.now();
  await model.stop();
  assert.ok(model.clock.now() - began < 100);
});

test("a new leader does not revoke what the previous one reported, and reports nothing new before it has watched for a while", async () => {
  const model = mesh();
  model.start();
  model.api.setPolicy("shop", policy(["a"]));
  await settled(model);
  const said = model.api.programmed("shop");
  model.kill();
  const count = model.api.writes.length;
  model.start();
  await model.clock.pass(5_000);
  assert.deepEqual(model.api.programmed("shop"), said);
  assert.deepEqual(model.api.writes.slice(count), []);
  model.kill();
  // A new generation of the policy that leads to the same objects.
  model.api.setPolicy("shop", policy(["a"]));
  model.start();
  await model.clock.pass(6_000);
  assert.match(model.api.programmed("shop")?.message ?? "", /not been watched for long enough/);
  await settled(model, ["shop"], 9_000);
  assertSound(model);
});
