// The controller in a model of a mesh (test/controller), in virtual time: what it does in each of these situations.
import assert from "node:assert/strict";
import { test } from "node:test";
import { assertSound, mesh, policy, settled } from "../../test/controller/scenario.ts";

test("the first policy of a namespace is programmed in under a second, and nothing more is written", async () => {
  const model = mesh(["shop"], 10);
  model.start();
  await model.clock.pass(1_000);
  model.api.setPolicy("shop", policy(["a", "b"]));
  const millis = await settled(model);
  assert.ok(millis < 1_000, `${millis} ms`);
  await model.clock.pass(3_000);
  const message = "10 of 10 proxies programmed; the metrics of 2 of them have the filter's configuration";
  assert.equal(model.api.programmed("shop")?.message, message);
  const count = model.api.writes.length;
  await model.clock.pass(600_000);
  assert.equal(model.api.writes.length, count);
  assertSound(model);
});

test("after a change and its reversal, everything is as before", async () => {
  const model = mesh();
  model.start();
  model.api.setPolicy("shop", policy(["a", "b"]));
  await settled(model);
  model.api.setPolicy("shop", policy(["b", "c"], "b"));
  await settled(model);
  model.api.setPolicy("shop", undefined);
  await model.clock.until(() => model.isConverged(), 5_000);
  assert.equal(model.api.objects.size, 0);
  assertSound(model);
});

test("an istiod that waits three seconds for further changes is awaited", async () => {
  const model = mesh();
  model.istiod.debounce = 3_000;
  model.start();
  model.api.setPolicy("shop", policy(["a"]));
  await settled(model, ["shop"], 15_000);
  model.api.setPolicy("shop", policy(["b"]));
  await settled(model, ["shop"], 25_000);
  assertSound(model);
});

test("a refused write delays only its own object", async () => {
  const model = mesh(["shop", "jobs"]);
  model.api.refuse = (_, key) => (key === "EnvoyFilter shop/expedite-clusters" ? "quota" : undefined);
  model.start();
  model.api.setPolicy("shop", policy(["a"]));
  model.api.setPolicy("jobs", policy(["a"]));
  await model.clock.until(() => model.api.isProgrammed("jobs"), 3_000);
  assert.ok(model.api.objects.has("EnvoyFilter shop/expedite-routes"));
  model.api.setPolicy("shop", policy(["a"], "b"));
  await model.clock.pass(300);
  const stored = model.api.objects.get("EnvoyFilter shop/expedite-filter")?.owned.summary.extensions[0]?.generation;
  assert.equal(stored, "inbound b m1", "another object is not delayed by the pauses of the refused one");
  await model.clock.pass(3_000);
  assert.match(model.api.programmed("shop")?.message ?? "", /expedite-clusters: quota/);
  assert.equal(model.api.programmed("shop")?.status, "False");
  model.api.refuse = () => undefined;
  await settled(model, ["shop", "jobs"], 35_000);
  assertSound(model);
});

test("a refused write is retried with growing pauses", async () => {
  const model = mesh();
  let tries = 0;
  model.api.refuse = (verb) => (verb === "apply" && ++tries > 0 ? "no" : undefined);
  model.start();
  model.api.setPolicy("shop", policy([]));
  await model.clock.pass(120_000);
  assert.ok(tries >= 6 && tries < 12, `${tries} tries`);
});

test("a proxy that is cut off is named by its namespace's status, and delays nothing", async () => {
  const model = mesh(["shop", "jobs"]);
  const cut = model.istiod.proxies[0]!;
  cut.isCut = true;
  model.start();
  model.api.setPolicy("shop", policy(["a"]));
  model.api.setPolicy("jobs", policy(["a"]));
  await model.clock.until(() => model.api.isProgrammed("jobs"), 2_000);
  assert.ok(model.api.objects.has("EnvoyFilter shop/expedite-routes"));
  await model.clock.pass(3_000);
  assert.match(model.api.programmed("shop")?.message ?? "", /2 of 3 proxies programmed; 1 pending: shop\/web-0 \(/);
  model.istiod.rejoin(cut);
  await settled(model, ["shop", "jobs"], 20_000);
  assertSound(model);
});

test("routes deleted by hand come back, and so does a filter that was edited; each with one write", async () => {
  const model = mesh();
  model.start();
  model.api.setPolicy("shop", policy(["a"]));
  await settled(model);
  await model.clock.pass(10_000);
  let count = model.api.writes.length;
  model.api.remove("EnvoyFilter shop/expedite-routes");
  await model.clock.until(() => model.api.objects.size === 4, 1_000);
  await settled(model);
  const since = (): readonly string[] =>
    model.api.writes.slice(count).flatMap(({ verb, key }) => (verb === "status" ? [] : [key]));
  assert.deepEqual(since(), ["EnvoyFilter shop/expedite-routes"]);
  count = model.api.writes.length;
  model.api.edit("EnvoyFilter shop/expedite-filter", (manifest) => ({ ...manifest, spec: { configPatches: [] } }));
  await model.clock.pass(100);
  await settled(model);
  assert.deepEqual(since(), ["EnvoyFilter shop/expedite-filter"]);
  // A label that someone else adds stays.
  count = model.api.writes.length;
  model.api.edit("EnvoyFilter shop/expedite-filter", (manifest) => ({
    ...manifest,
    metadata: { ...manifest.metadata, labels: { ...manifest.metadata.labels, team: "blue" } },
  }));
  await model.clock.pass(5_000);
  assert.deepEqual(since(), []);
  assertSound(model);
});

test("a change is reported as Programmed only once the proxies have it", async () => {
  const model = mesh();
  model.istiod.debounce = 2_000;
  model.start();
  model.api.setPolicy("shop", policy([], "a"));
  await settled(model, ["shop"], 15_000);
  model.api.setPolicy("shop", policy([], "b"));
  await model.clock.until(() => model.api.isProgrammed("shop"), 15_000);
  assert.ok(["web-0", "web-1", "web-2"].every((pod) => model.hasAll("shop", pod)));
});

test("while istiod is silent, the status says so and everything is written; once it answers, all is programmed", async () => {
  const model = mesh();
  model.istiod.isSilent = true;
  model.start();
  model.api.setPolicy("shop", policy(["a"]));
  await model.clock.pass(5_000);
  assert.equal(model.api.programmed("shop")?.status, "Unknown");
  assert.equal(model.api.objects.size, 4);
  model.istiod.isSilent = false;
  await settled(model, ["shop"], 15_000);
  assertSound(model);
});

test("a push without EnvoyFilters does not count", async () => {
  const model = mesh();
  model.start();
  model.api.setPolicy("shop", policy(["a"]));
  await settled(model);
  await model.clock.pass(20_000);
  model.istiod.debounce = 2_000;
  model.api.setPolicy("shop", policy(["a"], "b"));
  await model.clock.pass(100);
  // A push for a Service, made at once while the controller's change is debounced.
  for (const proxy of model.istiod.proxies)
    for (const type of ["CDS", "LDS", "RDS"] as const) proxy.exchanges[type]!.nonce += " again";
  await model.clock.pass(1_500);
  assert.match(model.api.programmed("shop")?.message ?? "", /^0 of 3 proxies programmed/);
  await settled(model, ["shop"], 10_000);
  assert.ok(["web-0", "web-1", "web-2"].every((pod) => model.hasAll("shop", pod)));
});

test("a change right after another does not count as programmed with the push of the first", async () => {
  const model = mesh();
  model.start();
  await model.clock.pass(15_000);
  model.istiod.generation = 400;
  for (const rules of ["a", "b"]) {
    model.api.setPolicy("shop", policy(["a"], rules));
    await model.clock.pass(400);
  }
  await model.clock.until(() => model.api.isProgrammed("shop"), 20_000);
  assert.ok(["web-0", "web-1", "web-2"].every((pod) => model.hasAll("shop", pod)));
  assertSound(model);
});

test("a filter that was edited by hand and restored counts as programmed only once the proxies have it again", async () => {
  const model = mesh();
  model.start();
  model.api.setPolicy("shop", policy(["a"]));
  await settled(model);
  await model.clock.pass(20_000);
  model.istiod.debounce = 1_000;
  model.api.edit("EnvoyFilter shop/expedite-filter", (manifest) => ({ ...manifest, spec: { configPatches: [] } }));
  await model.clock.pass(500);
  assert.ok(model.api.objects.get("EnvoyFilter shop/expedite-filter")?.owned.summary.extensions.length === 2);
  assert.equal(model.api.programmed("shop")?.status, "False");
  await settled(model, ["shop"], 10_000);
  // Only a label changes, which has no effect on istiod: nothing has to be pushed.
  model.api.edit("EnvoyFilter shop/expedite-filter", (manifest) => ({
    ...manifest,
    metadata: { ...manifest.metadata, labels: { "app.kubernetes.io/managed-by": "expedite" } },
  }));
  await model.clock.pass(100);
  await settled(model, ["shop"], 2_000);
  assertSound(model);
});

test("a policy that is created again is programmed in under a second, once the proxies have lost the last one", async () => {
  const model = mesh();
  model.start();
  for (const pause of [700, 3_000, 6_000]) {
    model.api.setPolicy("shop", policy(["a"]));
    await settled(model);
    model.api.setPolicy("shop", undefined);
    await model.clock.until(() => model.api.objects.size === 0, 2_000);
    await model.clock.pass(pause);
    model.api.setPolicy("shop", policy(["a"]));
    const millis = await settled(model);
    assert.ok(millis < 1_000, `${millis} ms, ${pause} ms after the removal`);
    await model.clock.pass(20_000);
  }
  assertSound(model);
});

test("a change does not wait for anything that the proxies already have", async () => {
  const model = mesh();
  model.start();
  model.api.setPolicy("shop", policy(["a"]));
  await settled(model);
  model.api.setPolicy("shop", undefined);
  await model.clock.pass(200);
  // It arrives while the removal is in progress, so the wait is longer; the next change affects only the filter.
  model.api.setPolicy("shop", policy(["a"]));
  await settled(model);
  model.api.setPolicy("shop", policy(["a"], "other rules"));
  const millis = await settled(model);
  assert.ok(millis < 1_000, `${millis} ms`);
  assertSound(model);
});
