// Waiting gives up with a message that has the condition and the last reason; limits grow with a measured start, within bounds.
import assert from "node:assert/strict";
import { test } from "node:test";
import { limitOf, scaleLimits, timeout } from "./limit.ts";
import { waitUntil } from "./wait.ts";

test("a condition that throws is tried again until it is true", async () => {
  let asked = 0;
  await waitUntil({ what: "the third answer", seconds: 10 }, () => {
    asked++;
    if (asked === 1) throw new Error("not yet");
    return asked === 3;
  });
  assert.equal(asked, 3);
});

test("it gives up with the condition, the last reason and the detail", async () => {
  const never = waitUntil({ what: "nothing", seconds: 0, detail: () => "a log" }, () => {
    throw new Error("still nothing");
  });
  await assert.rejects(never, { message: "not within 0 s: nothing\nstill nothing\na log" });
});

test("limits exceed what a quiet machine needs, and grow with a slow start up to a bound", () => {
  const quiet = limitOf(10);
  assert.ok(quiet > 10);
  scaleLimits(1, 10);
  assert.equal(limitOf(10), quiet, "a fast start does not shorten them");
  scaleLimits(30, 10);
  assert.equal(limitOf(10), 3 * quiet);
  assert.equal(timeout(10), `--timeout=${3 * quiet}s`);
  scaleLimits(1_000, 10);
  assert.equal(limitOf(10), 6 * quiet);
});
