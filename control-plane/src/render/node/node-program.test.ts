// A node program that would order a queue differently than it says is refused, with field, value and what is allowed.
import assert from "node:assert/strict";
import { test } from "node:test";
import { twoLevels } from "../../../test/two-levels.ts";
import { formatProblem, parse } from "../../api/parse.ts";
import { nodeProgram } from "./node-program.ts";

const good = twoLevels();
const [interactive, batch] = good.levels;

const bad: readonly (readonly [string, object, string])[] = [
  [
    "a default class without a level",
    { defaultClass: "7a1:30" },
    'defaultClass: "7a1:30" is the class of no level; allowed: 7a1:10, 7a1:20',
  ],
  ["a different handle", { handle: "1:" }, 'handle: "1:" is not allowed here; allowed: 7a1:'],
  [
    "a class of another handle",
    { levels: [interactive, { ...batch, classid: "1:20" }] },
    'levels[1].classid: "1:20" is not a class of handle 7a1:',
  ],
  [
    "two levels with the same mark",
    { levels: [interactive, { ...batch, dscp: 0 }] },
    "levels[1].dscp: 0 is used twice; allowed: once",
  ],
  [
    "more than the link",
    { levels: [interactive, { ...batch, rate: 6_000_000 }] },
    "levels: have 101000000 bit/s in all; allowed: at most the link's 100000000",
  ],
  ["a device that is a command", { device: "eth0 root; qdisc" }, 'device: "eth0 root; qdisc" is not a device name'],
  [
    "an invalid address",
    { levels: [interactive, { ...batch, addresses: ["10.0.0.1; drop"] }] },
    'levels[1].addresses[0]: "10.0.0.1; drop" is not an IP address',
  ],
  ["an unknown field", { ceiling: 1 }, "ceiling: is not a field; allowed: version, link, device"],
  ["another version", { version: 2 }, "version: 2 is not allowed here; allowed: 1"],
];

for (const [name, change, message] of bad)
  test(name, () => {
    const parsed = parse(nodeProgram, { ...good, ...change });
    assert.ok("problems" in parsed);
    assert.equal(parsed.problems.length, 1);
    assert.ok(formatProblem(parsed.problems[0]!).startsWith(message), formatProblem(parsed.problems[0]!));
  });

test("the programs that render makes are accepted", () => {
  assert.deepEqual(parse(nodeProgram, JSON.parse(JSON.stringify(good))), { value: good });
});
