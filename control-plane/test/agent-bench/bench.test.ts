// The bench's parts that need no node: its command line, its arithmetic and its tables.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { CommanderError } from "commander";
import { parseOptions } from "./options.ts";
import type { Point } from "./points.ts";
import { pricesOf, tableOf } from "./tables.ts";
import { usageBetween } from "./usage.ts";

test("wrong values are refused with what is allowed, before anything starts", () => {
  const refused = (...argv: readonly string[]): string => {
    const said: string[] = [];
    assert.throws(() => parseOptions(argv, { writeErr: (text) => said.push(text) }), CommanderError);
    return said.join("");
  };
  assert.match(refused("--pods", "0"), /Allowed: a whole number from 1 to 500/);
  assert.match(refused("--seconds", "1.5"), /Allowed: a whole number from 10 to 7200/);
  assert.match(refused("--json", "/"), /--json \/: is a folder/);
  assert.match(refused("more"), /too many arguments/);
  assert.deepEqual(parseOptions(["--repeats", "2"]), {
    ...{ arms: ["marks", "links", "scavenger"], pods: 110, repeats: 2, seconds: 300 },
  });
  assert.match(refused("--arms", "links,all"), /Allowed: some of marks, links, scavenger, separated by commas/);
  assert.deepEqual(parseOptions(["--arms", "scavenger,marks"]).arms, ["marks", "scavenger"]);
});

test("usage is a difference, even if the numbers of processes began again", () => {
  const before = { own: 1, children: 2, started: 300, at: 1_000 };
  const after = { own: 1.5, children: 4, started: 420, at: 3_000 };
  assert.deepEqual(usageBetween(before, after), { seconds: 2, own: 0.5, children: 2, started: 120 });
  const last = Number(readFileSync("/proc/sys/kernel/pid_max", "utf8"));
  assert.equal(usageBetween({ ...before, started: last - 10 }, { ...after, started: 310 }).started, 20);
});

test("tables are Markdown, with a column for each kind of ladder", () => {
  const usage = { seconds: 2, own: 0.01, children: 0.02, started: 220 };
  const point = (arm: Point["arm"]): Point => ({
    ...{ arm, pods: 110, applied: [usage], changed: [usage], removed: [usage], restarted: usage },
    idle: { ...usage, reconciles: 2, megabytes: 77.4 },
    prices: [{ what: "its rules, by nft", millis: 4.24 }],
  });
  const lines = tableOf([point("marks"), point("links")]).split("\n");
  assert.equal(new Set(lines.map((line) => line.length)).size, 1);
  assert.match(lines[0]!, /^\| +\| marks, 110 pods +\| links, 110 pods +\|$/);
  assert.match(lines.join("\n"), /\| idle: % of a core +\| 1\.50 +\| 1\.50 +\|/);
  assert.match(lines.join("\n"), /\| its processes for each pod +\| 2\.0 \[2\.0, 2\.0\]/);
  assert.match(pricesOf([point("links")]), /\| its rules, by nft +\| 4\.2 +\|/);
});
