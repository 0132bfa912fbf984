// Writes that the API server refuses, in a model of a mesh (test/controller): which are retried, when, and what the status says.
import assert from "node:assert/strict";
import { test } from "node:test";
import { assertSound, mesh, policy, settled } from "../../test/controller/scenario.ts";
import { WriteError } from "../reconcile/write-error.ts";

const filter = "EnvoyFilter shop/expedite-filter";

/** A mesh whose API server refuses the filter of the namespace shop with `error`, and the times of the attempts. */
function refusing(error: Error) {
  const model = mesh(["shop", "jobs"]);
  const attempts: number[] = [];
  model.api.refuse = (_, key) => {
    if (key !== filter) return undefined;
    attempts.push(model.clock.now());
    return error;
  };
  model.start();
  for (const name of ["shop", "jobs"]) model.api.setPolicy(name, policy(["a"]));
  return { model, attempts };
}

test("a write that is refused for good is not retried, and the status says why", async () => {
  const { model, attempts } = refusing(new WriteError("spec.priority is unknown", { isTerminal: true }));
  await model.clock.pass(120_000);
  assert.equal(attempts.length, 1);
  const { status, reason, message } = model.api.programmed("shop")!;
  assert.deepEqual([status, reason], ["False", "Withheld"]);
  assert.match(message, /EnvoyFilter shop\/expedite-filter: spec.priority is unknown/);
  assert.equal(model.api.isProgrammed("jobs"), true, "it delays nothing else");
  assertSound(model);
});

test("a write that was refused for good is retried at once when the object changes, and after minutes in any case", async () => {
  const { model, attempts } = refusing(new WriteError("no", { isTerminal: true }));
  await model.clock.pass(60_000);
  model.api.setPolicy("shop", policy(["a"], "other rules"));
  await model.clock.pass(10_000);
  assert.equal(attempts.length, 2);
  model.api.refuse = () => undefined;
  await model.clock.pass(200_000);
  assert.equal(model.api.objects.has(filter), false);
  await settled(model, ["shop"], 120_000);
  assertSound(model);
});

test("a write that may succeed later is retried with growing pauses, not before the API server asks for it", async () => {
  const { model, attempts } = refusing(new WriteError("slow down", { retryAfterMillis: 4_000 }));
  await model.clock.pass(60_000);
  const pauses = attempts.slice(1).map((at, index) => at - attempts[index]!);
  assert.ok(pauses.length >= 6, String(pauses));
  assert.ok(Math.min(...pauses) >= 4_000, String(pauses));
  assert.equal(model.api.programmed("shop")?.reason, "Pending");
  model.api.refuse = () => undefined;
  await settled(model, ["shop"], 40_000);
  assertSound(model);
});
