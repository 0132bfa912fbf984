// What a gateway does with requests from outside.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { FilterConfig } from "../config/schema.ts";
import { type HeaderRecord, levelHeader, levelsOf, startSidecar } from "./sidecar.ts";

const request: HeaderRecord = {
  ":method": "GET",
  ":authority": "Shop.Example.com:8443",
  ":path": "/export/all?page=2",
  "user-agent": "somebot/1.0",
};

function levelOf(config: Partial<FilterConfig>, headers: HeaderRecord = request): readonly string[] {
  const { gateway } = startSidecar({ config: { trust: "Never", ...config } }).workers[0]!;
  return levelsOf(gateway, headers);
}

test("gateway: the first rule that matches wins", () => {
  const rules: FilterConfig["rules"] = [
    { name: "posts", match: { method: { exact: "POST" } }, level: "batch" },
    { name: "bots", match: { headers: [{ name: "user-agent", prefix: "somebot" }] }, level: "standard" },
    { name: "exports", match: { path: { prefix: "/export" } }, level: "batch" },
  ];
  assert.deepEqual(levelOf({ rules }), ["standard"]);
});

test("gateway: a level sent from outside changes nothing", () => {
  for (const sent of ["batch", "interactive", "bulk", ["batch", "standard"]])
    assert.deepEqual(levelOf({ classifyDefault: "standard" }, { ...request, [levelHeader]: sent }), ["standard"]);
});

test("gateway: a rule cannot see a level that is not trusted", () => {
  const rules: FilterConfig["rules"] = [
    { name: "claims", match: { headers: [{ name: levelHeader, present: true }] }, level: "batch" },
  ];
  assert.deepEqual(levelOf({ rules }, { ...request, [levelHeader]: "interactive" }), []);
});

test("gateway: a trusted level is kept, as the only value", () => {
  const config = { trust: "Always", rules: [{ name: "all", match: {}, level: "batch" }] } as const;
  assert.deepEqual(levelOf({ ...config, rules: [...config.rules] }, { [levelHeader]: "standard" }), ["standard"]);
  assert.deepEqual(levelOf({ trust: "Always" }, { [levelHeader]: ["standard", "interactive"] }), ["standard"]);
});
