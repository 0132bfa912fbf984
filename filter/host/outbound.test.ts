// What a call may ask for, and what it gets.
import assert from "node:assert/strict";
import { test } from "node:test";
import { levelHeader, levelsOf, startSidecar } from "./sidecar.ts";

interface Case {
  readonly name: string;
  /** The level of the request that caused the call; absent: there is no such request. */
  readonly inherited?: string;
  readonly asked?: string | readonly string[];
  readonly level: readonly string[];
  readonly count?: "overwritten" | "lowered" | "stripped";
}

const cases: readonly Case[] = [
  { name: "inherits", inherited: "interactive", level: ["interactive"] },
  { name: "inherits the default level without a header", inherited: "standard", level: [] },
  { name: "may ask for what it has", inherited: "standard", asked: "standard", level: ["standard"] },
  { name: "may lower", inherited: "standard", asked: "batch", level: ["batch"], count: "lowered" },
  { name: "may not raise", inherited: "standard", asked: "interactive", level: [], count: "overwritten" },
  {
    name: "may not raise what is lower",
    inherited: "batch",
    asked: "standard",
    level: ["batch"],
    count: "overwritten",
  },
  { name: "may not invent", inherited: "standard", asked: "bulk", level: [], count: "overwritten" },
  {
    name: "may not raise by a second value",
    inherited: "standard",
    asked: ["batch", "interactive"],
    level: ["batch"],
    count: "lowered",
  },
  {
    name: "may not raise by a first value",
    inherited: "standard",
    asked: ["interactive", "batch"],
    level: [],
    count: "overwritten",
  },
  { name: "without a cause is unmarked", level: [] },
  { name: "without a cause may lower", asked: "batch", level: ["batch"] },
  {
    name: "without a cause may not exceed the default",
    asked: "interactive",
    level: [],
    count: "overwritten",
  },
  { name: "without a cause may not invent", asked: "bulk", level: [], count: "stripped" },
];

for (const { name, inherited, asked, level, count } of cases)
  test(`outbound: ${name}`, () => {
    const { workers } = startSidecar({ workers: 2, config: { defaultLevel: "standard" } });
    const [first, second] = [workers[0]!, workers[1]!];
    const id = { "x-request-id": "6f9619ff-8b86-4011-b42d-00cf4fc964ff" };
    // Otherwise nothing is stored, and nothing looked for.
    levelsOf(first.inbound, { "x-request-id": "another", [levelHeader]: "batch" });
    if (inherited !== undefined) levelsOf(first.inbound, { ...id, [levelHeader]: inherited });
    const sent = { ...id, ...(asked === undefined ? {} : { [levelHeader]: asked }) };
    assert.deepEqual(levelsOf(second.outbound, sent), level);
    second.outbound.tick();
    for (const what of ["overwritten", "lowered", "stripped"])
      assert.equal(second.outbound.counters.get(`expedite.outbound.${what}`), what === count ? 1 : 0, what);
    assert.equal(second.outbound.counters.get("expedite.outbound.joins.missed"), inherited === undefined ? 1 : 0);
    assert.equal(
      second.outbound.counters.get("expedite.outbound.joins.found.x-request-id"),
      inherited === undefined ? 0 : 1,
    );
  });
