// The order of the schedule: every arm in every repeat, each of them first once, and a class alone only if requested.
import assert from "node:assert/strict";
import { test } from "node:test";
import { arms } from "./arms.ts";
import { type Options, parseOptions } from "./options.ts";
import { estimate, schedule } from "./schedule.ts";

const options: Options = {
  rps: [10, 50],
  duration: 10,
  warmUp: 0.5,
  repeats: 3,
  arms: [],
  profile: "quick",
  alone: "unloaded",
  seed: 1,
  forward: "bookinfo",
  json: "",
  keep: false,
};
const three = arms.filter(({ name }) => ["mesh", "connections", "packets"].includes(name));

test("arms rotate over the repeats", () => {
  const order = schedule(three, options).map(({ arm, repeat }) => `${repeat} ${arm.name}`);
  assert.deepEqual(order, [
    ...["1 mesh", "1 connections", "1 packets"],
    ...["2 connections", "2 packets", "2 mesh"],
    ...["3 packets", "3 mesh", "3 connections"],
  ]);
});

test("alone: none, only the latency-sensitive class of packets, or everything", () => {
  const played = (alone: Options["alone"]) =>
    schedule(three, { ...options, alone, rps: [50], repeats: 1 }).map(({ points }) =>
      points.map((point) => point.played).join(" "),
    );
  assert.deepEqual(played("none"), ["mixed", "mixed", "mixed"]);
  assert.deepEqual(played("unloaded"), ["mixed", "mixed", "mixed ls"]);
  assert.deepEqual(played("all"), ["mixed ls batch", "mixed ls batch", "mixed ls batch"]);
});

function defaultSeconds(profile: Options["profile"]): number {
  const chosen = parseOptions(["--profile", profile]);
  const run = arms.filter(({ name }) => chosen.arms.includes(name));
  return estimate(schedule(run, chosen), chosen);
}

test("the default run is estimated to end within 155 s", () => {
  assert.ok(defaultSeconds("quick") < 155, `${defaultSeconds("quick")}`);
});

test("the default run of compute is estimated to end within 135 s", () => {
  assert.ok(defaultSeconds("compute") < 135, `${defaultSeconds("compute")}`);
});
