// What a configuration can leave out: every write (mode Observe), and the store of the default level (storeDefault).
import assert from "node:assert/strict";
import { test } from "node:test";
import type { FilterConfig } from "../config/schema.ts";
import { type HeaderRecord, headerList, levelHeader, levelsOf, type Role, startSidecar } from "./sidecar.ts";

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
    const config = { mode, rules, readFrom: [{ tracestate: "xp" }], writeTo: { tracestate: "xp" } };
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

test("storeDefault: false stores only levels other than the default", () => {
  const { inbound, outbound } = startSidecar({ config: { storeDefault: false } }).workers[0]!;
  assert.deepEqual(levelsOf(inbound, id), []);
  assert.deepEqual(inbound.calls, ["proxy_get_header_map_pairs"], "no slot is read");
  assert.deepEqual(levelsOf(outbound, id), [], "the default level, as for a call without a known cause");
  assert.deepEqual(levelsOf(inbound, { ...id, [levelHeader]: "batch" }), ["batch"]);
  assert.deepEqual(levelsOf(outbound, id), ["batch"]);
});
