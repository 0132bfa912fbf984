// What mode Observe leaves out: every write.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { FilterConfig } from "../config/schema.ts";
import { type HeaderRecord, headerList, levelHeader, type Role, startSidecar } from "./sidecar.ts";

const id = { "x-request-id": "abc" };
const rules: FilterConfig["rules"] = [{ name: "exports", match: { path: { prefix: "/export" } }, level: "batch" }];
const writes = /replace_header|remove_header/;

test("Observe: every request leaves unchanged, and is counted as with Enforce", () => {
  const requests: readonly (readonly [Role, HeaderRecord])[] = [
    ["gateway", { ":path": "/export" }],
    ["gateway", { ":path": "/", [levelHeader]: "interactive" }],
    ["inbound", { ...id, ":path": "/export" }],
    ["inbound", { [levelHeader]: ["batch", "standard"] }],
    ["inbound", { [levelHeader]: "bulk", tracestate: "xp=standard" }],
    ["outbound", id],
    ["outbound", { ...id, [levelHeader]: "interactive" }],
    ["outbound", { ...id, [levelHeader]: ["batch", "interactive"] }],
    ["outbound", { "x-request-id": "other", [levelHeader]: "bulk" }],
  ];
  const counts = (mode: "Observe" | "Enforce"): readonly unknown[] => {
    const config = { mode, rules, readFrom: [{ tracestate: "xp" }], writeTo: { tracestate: "xp" }, writeDefault: true };
    const worker = startSidecar({ config }).workers[0]!;
    for (const [role, headers] of requests) {
      const list = headerList(headers);
      const left = worker[role].request(list);
      if (mode === "Enforce") continue;
      assert.deepEqual(left, list);
      assert.ok(!worker[role].calls.some((call) => writes.test(call)), worker[role].calls.join());
    }
    return (["gateway", "inbound", "outbound"] as const).map((role) => {
      worker[role].tick();
      // The counter's name shows which configuration it belongs to.
      return [...worker[role].counters].filter(([name]) => !name.includes(".ticks."));
    });
  };
  assert.deepEqual(counts("Observe"), counts("Enforce"));
});
