// Proxies that refuse what they are pushed, in a model of a mesh (test/controller): what is rolled back, for how long, and what is left
// alone.
import assert from "node:assert/strict";
import { test } from "node:test";
import { assertSound, mesh, policy, settled } from "../../test/controller/scenario.ts";

test("only the clusters that a proxy refuses are rolled back, and they return when their content changes", async () => {
  const model = mesh(["shop", "jobs"]);
  model.istiod.refuse = (proxy, type, { CDS }) =>
    proxy.namespace === "shop" && type === "CDS" && CDS.some((text) => text.includes("expedite|80|batch|bad"))
      ? "expedite|80|batch|bad: no such thing"
      : undefined;
  model.start();
  model.api.setPolicy("shop", policy(["a"]));
  model.api.setPolicy("jobs", policy(["bad"]));
  await settled(model, ["shop", "jobs"]);
  model.api.setPolicy("shop", policy(["a", "bad"]));
  await model.clock.until(() => model.api.programmed("shop")?.reason === "Withheld", 5_000);
  await model.clock.until(() => model.api.objects.size === 7, 5_000);
  assert.match(
    model.api.programmed("shop")?.message ?? "",
    /refused EnvoyFilter shop\/expedite-clusters \(CDS: expedite\|80\|batch\|bad: no such thing\)/,
  );
  assert.ok(model.api.isProgrammed("jobs"));
  await model.clock.pass(20_000);
  assert.ok(!model.api.objects.has("EnvoyFilter shop/expedite-clusters"));
  assert.ok(model.api.objects.has("EnvoyFilter shop/expedite-routes"), "what was not refused stays");
  assert.ok(model.api.objects.has("DestinationRule shop/expedite-levels"), "what was not refused stays");
  model.api.setPolicy("shop", policy(["a"]));
  await settled(model, ["shop", "jobs"]);
  assertSound(model);
});

test("a level's clusters that a proxy refuses are hidden from its namespace, and the rest stays", async () => {
  const model = mesh(["shop", "jobs"]);
  model.istiod.refuse = (proxy, type, { CDS }) =>
    proxy.namespace === "shop" && type === "CDS" && CDS.some((text) => text.startsWith("outbound|"))
      ? "outbound|80|expedite-batch|a: no such thing"
      : undefined;
  model.start();
  for (const name of ["shop", "jobs"]) model.api.setPolicy(name, policy(["a"]));
  await model.clock.until(() => model.api.programmed("shop")?.reason === "Withheld", 5_000);
  assert.match(
    model.api.programmed("shop")?.message ?? "",
    /refused the levels' subsets of Expedite's DestinationRules/,
  );
  await model.clock.until(() => model.api.objects.size === 7, 5_000);
  assert.ok(!model.api.objects.has("DestinationRule shop/expedite-levels"));
  model.istiod.refuse = () => undefined;
  await settled(model, ["shop", "jobs"], 90_000);
  assertSound(model);
});

test("what was rolled back is tried again after a while, and stays once its conflict is gone", async () => {
  const model = mesh();
  model.istiod.refuse = (_, type, { CDS }) =>
    type === "CDS" && CDS.some((text) => text.includes("expedite|")) ? "expedite| does not go together" : undefined;
  model.start();
  model.api.setPolicy("shop", policy(["a"]));
  await model.clock.until(() => model.api.programmed("shop")?.reason === "Withheld", 5_000);
  const tries = (): number =>
    model.api.writes.filter(({ verb, key }) => verb === "apply" && key.endsWith("expedite-clusters")).length;
  await model.clock.pass(600_000);
  assert.ok(tries() >= 4 && tries() <= 6, `${tries()} times`);
  model.istiod.refuse = () => undefined;
  await settled(model, ["shop"], 620_000);
  assertSound(model);
});

test("a refusal minutes later is attributed to the last change if it names Expedite", async () => {
  const model = mesh();
  model.start();
  model.api.setPolicy("shop", policy(["a"]));
  await settled(model);
  await model.clock.pass(300_000);
  model.istiod.refuse = (proxy, type, { ECDS }) =>
    proxy.pod === "web-new" && type === "ECDS" && ECDS.length > 0 ? "expedite-inbound: module fails" : undefined;
  model.istiod.connect("shop", "web-new");
  await model.clock.until(() => model.api.programmed("shop")?.reason === "Withheld", 90_000);
  await model.clock.until(() => !model.api.objects.has("EnvoyFilter shop/expedite-filter"), 2_000);
  assertSound(model);
});

test("a refusal with another cause does not remove Expedite's objects for good", async () => {
  const model = mesh();
  model.start();
  model.api.setPolicy("shop", policy(["a"]));
  await settled(model);
  model.istiod.refuse = (_, type) => (type === "LDS" ? "their filter is wrong" : undefined);
  model.istiod.touch("shop");
  await model.clock.until(() => model.api.programmed("shop")?.reason === "Withheld", 90_000);
  await model.clock.pass(20_000);
  assert.equal(model.api.objects.size, 4);
  assert.equal(model.api.programmed("shop")?.reason, "Refused");
  const count = model.api.writes.filter(({ verb }) => verb !== "status").length;
  await model.clock.pass(300_000);
  assert.equal(model.api.writes.filter(({ verb }) => verb !== "status").length, count);
  model.istiod.refuse = () => undefined;
  model.istiod.touch("shop");
  await settled(model, ["shop"], 90_000);
  assertSound(model);
});

test("a refusal minutes later that does not name Expedite removes nothing", async () => {
  const model = mesh();
  model.start();
  model.api.setPolicy("shop", policy(["a"]));
  await settled(model);
  await model.clock.pass(300_000);
  const count = model.api.writes.filter(({ verb }) => verb !== "status").length;
  model.istiod.refuse = (_, type) => (type === "LDS" ? "their filter is wrong" : undefined);
  model.istiod.touch("shop");
  await model.clock.until(() => model.api.programmed("shop")?.reason === "Refused", 90_000);
  await model.clock.pass(60_000);
  assert.equal(model.api.writes.filter(({ verb }) => verb !== "status").length, count);
  assertSound(model);
});

test("a refusal older than the controller is not attributed to Expedite, even if istiod does not answer at first", async () => {
  const model = mesh();
  model.istiod.refuse = (_, type) => (type === "LDS" ? "old fault" : undefined);
  model.istiod.touch("shop");
  await model.clock.pass(1_000);
  model.istiod.isSilent = true;
  model.start();
  model.api.setPolicy("shop", policy(["a"]));
  await model.clock.until(() => model.api.objects.has("EnvoyFilter shop/expedite-filter"), 5_000);
  model.istiod.isSilent = false;
  await model.clock.pass(60_000);
  assert.deepEqual(
    model.api.writes.filter(({ verb }) => verb === "remove"),
    [],
  );
  assert.equal(model.api.programmed("shop")?.reason, "Refused");
  assertSound(model);
});

test("a refusal that existed before Expedite is not attributed to it", async () => {
  const model = mesh();
  model.istiod.refuse = (_, type) => (type === "LDS" ? "old fault" : undefined);
  model.istiod.touch("shop");
  await model.clock.pass(1_000);
  model.start();
  model.api.setPolicy("shop", policy(["a"]));
  await model.clock.until(() => model.api.objects.size === 4, 5_000);
  await model.clock.pass(60_000);
  assert.equal(model.api.objects.size, 4);
  assert.equal(model.api.programmed("shop")?.reason, "Refused");
  assertSound(model);
});
