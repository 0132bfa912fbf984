// A new module of the filter in a model of a mesh (test/controller), in virtual time: one namespace after another, and only as long as it
// works.
import assert from "node:assert/strict";
import { test } from "node:test";
import { assertSound, mesh, policy, settled } from "../../test/controller/scenario.ts";

test("a new module goes to one namespace after another, each watched until its filter ticks", async () => {
  const names = ["a", "b", "c"];
  const model = mesh(names);
  model.start();
  for (const name of names) model.api.setPolicy(name, policy(["x"]));
  await settled(model, names);
  for (const name of names) model.api.setPolicy(name, policy(["x"], "a", "m2"));
  const moduleOf = (name: string) => model.api.objects.get(`EnvoyFilter ${name}/expedite-filter`)?.owned.summary.module;
  await model.clock.until(() => moduleOf("a") === "m2", 2_000);
  await model.clock.pass(4_000);
  assert.deepEqual(names.map(moduleOf), ["m2", "m1", "m1"]);
  assert.match(model.api.programmed("c")?.message ?? "", /waits for the namespaces before/);
  await settled(model, names, 60_000);
  assertSound(model);
});

test("a module whose VMs stop is not rolled out further, and the waiting policies say why", async () => {
  const names = ["a", "b"];
  const model = mesh(names);
  model.start();
  for (const name of names) model.api.setPolicy(name, policy(["x"]));
  await settled(model, names);
  model.istiod.metrics = "stopped";
  for (const name of names) model.api.setPolicy(name, policy(["x"], "a", "m2"));
  await model.clock.pass(120_000);
  assert.equal(model.api.objects.get("EnvoyFilter b/expedite-filter")?.owned.summary.module, "m1");
  assert.match(model.api.programmed("b")?.message ?? "", /stopped: a: web-\d: 1 VMs of the filter have stopped/);
  model.istiod.metrics = "open";
  await settled(model, names, 60_000);
});

test("unreadable metrics are unknown, not a failure", async () => {
  const names = ["a", "b"];
  const model = mesh(names);
  model.istiod.metrics = "closed";
  model.start();
  for (const name of names) model.api.setPolicy(name, policy(["x"]));
  await settled(model, names);
  assert.match(model.api.programmed("a")?.message ?? "", /the metrics of 2 could not be read/);
  for (const name of names) model.api.setPolicy(name, policy(["x"], "a", "m2"));
  await settled(model, names, 30_000);
});

test("a proxy without a Pod has no metrics to read, and does not delay the rollout", async () => {
  const names = ["a", "b"];
  const model = mesh(names, 1);
  for (const name of names) model.api.outside.add(`${name}/web-0`);
  model.start();
  for (const name of names) model.api.setPolicy(name, policy(["x"]));
  await settled(model, names);
  for (const name of names) model.api.setPolicy(name, policy(["x"], "a", "m2"));
  await settled(model, names, 30_000);
  assertSound(model);
});

test("the next module is watched again, although its counters have the same names", async () => {
  const names = ["a", "b"];
  const model = mesh(names);
  model.start();
  for (const name of names) model.api.setPolicy(name, policy(["x"]));
  await settled(model, names);
  for (const name of names) model.api.setPolicy(name, policy(["x"], "a", "m2"));
  await settled(model, names, 60_000);
  model.istiod.metrics = "stopped";
  for (const name of names) model.api.setPolicy(name, policy(["x"], "a", "m3"));
  await model.clock.pass(60_000);
  assert.equal(model.api.objects.get("EnvoyFilter b/expedite-filter")?.owned.summary.module, "m2");
});
