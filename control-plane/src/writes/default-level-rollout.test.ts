// Sidecars that begin, or end, to classify, in a model of a mesh (test/controller), in virtual time: no proxy classifies while another one
// writes no header for the default level.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Model } from "../../test/controller/model.ts";
import { assertSound, mesh, policy, settled } from "../../test/controller/scenario.ts";
import type { Plan } from "../core/plan.ts";
import type { Clock } from "../reconcile/clock.ts";
import type { DesiredState } from "../reconcile/desired-state.ts";
import type { OwnedObject } from "../reconcile/ports.ts";
import { DefaultLevelRollout } from "./default-level-rollout.ts";

const names = ["a", "b"];
const classifying = { ...policy(["x"]), classifies: true };

/** The configurations of the filter that all proxies have now. */
const filters = (model: Model): readonly string[] => model.istiod.proxies.flatMap(({ taken }) => taken.ECDS);

const isDone = (model: Model) => (): boolean =>
  model.isConverged() && names.every((name) => model.api.isProgrammed(name));

/** @returns the milliseconds until it is done. @throws as soon as one proxy classifies while another writes no default level */
async function follow(model: Model, longest = 15_000): Promise<number> {
  return model.clock.until(() => {
    const all = filters(model);
    const absent = all.find((text) => !text.includes(" classified") && !text.includes(" written"));
    if (absent !== undefined && all.some((text) => text.includes(" classified")))
      throw new Error(`a proxy classifies while another has ${absent}`);
    return isDone(model)();
  }, longest);
}

async function start(): Promise<Model> {
  const model = mesh(names);
  model.start();
  for (const name of names) model.api.setPolicy(name, policy(["x"]));
  await settled(model, names);
  return model;
}

test("sidecars begin and end to classify while all proxies write the default level", async () => {
  const model = await start();
  model.istiod.debounce = 3_000;
  model.api.setPolicy("a", classifying);
  const waits =
    "a: waits until all proxies of the mesh write the default level and none classifies what comes without a level";
  await model.clock.until(() => model.api.programmed("a")?.message.includes(waits) === true, 4_000);
  await follow(model, 60_000);
  model.api.setPolicy("a", policy(["x"]));
  await follow(model, 60_000);
  assert.ok(filters(model).every((text) => !text.includes("written")));
  assertSound(model);
});

test("it is the same with an istiod that is slow, and with proxies that are", async () => {
  const model = await start();
  Object.assign(model.istiod, { debounce: 3_000, lag: 150, generation: 400, spread: 800 });
  model.api.spread = 800;
  model.api.setPolicy("b", classifying);
  await follow(model, 60_000);
  model.api.setPolicy("b", policy(["x"]));
  await follow(model, 60_000);
  assertSound(model);
});

test("another namespace that begins or ends to classify takes no further step", async () => {
  const model = await start();
  model.api.setPolicy("a", classifying);
  await follow(model);
  const count = model.api.writes.length;
  model.api.setPolicy("b", classifying);
  await follow(model);
  model.api.setPolicy("b", policy(["x"]));
  await follow(model);
  assert.deepEqual(
    model.api.writes.slice(count).flatMap(({ key }) => (key.startsWith("EnvoyFilter ") ? [key] : [])),
    ["EnvoyFilter b/expedite-filter", "EnvoyFilter b/expedite-filter"],
  );
});

test("a mesh that has nothing of ours takes no step", async () => {
  const model = mesh(names);
  model.start();
  for (const name of names) model.api.setPolicy(name, classifying);
  await settled(model, names);
  assert.equal(model.api.writes.filter(({ key }) => key.endsWith("expedite-filter")).length, names.length);
});

test("a proxy that is cut off is awaited for a minute", async () => {
  const model = await start();
  const cut = model.istiod.proxies.at(-1)!;
  cut.isCut = true;
  model.api.setPolicy("a", classifying);
  const isClassified = (): boolean => filters(model).some((text) => text.includes(" classified"));
  const millis = await model.clock.until(isClassified, 90_000);
  assert.ok(millis > 55_000 && millis < 75_000, `${millis} ms`);
  model.istiod.rejoin(cut);
  await settled(model, names, 30_000);
});

test("a ladder that no longer enforces does not wait", () => {
  const object = (defaultLevel: "absent" | "classified") =>
    new Map([["EnvoyFilter a/f", { ref: {}, summary: { defaultLevel } } as unknown as OwnedObject]]);
  const rollout = new DefaultLevelRollout({ now: () => 0 } as Clock);
  const step = {} as DesiredState;
  const stepOf = (mode: Plan["mode"]) =>
    rollout.step(
      { plan: { mode }, wanted: object("absent"), writingDefault: () => step } as unknown as DesiredState,
      new Map([["a", object("classified")]]),
    );
  assert.equal(stepOf("Enforce"), step);
  assert.equal(stepOf("Observe"), undefined);
});
