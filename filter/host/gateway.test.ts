import assert from "node:assert/strict";
import { test } from "node:test";
import type { FilterConfig } from "../config/schema.ts";
import { type HeaderRecord, levelHeader, levelsOf, startSidecar } from "./sidecar.ts";

type Match = NonNullable<FilterConfig["rules"]>[number]["match"];

const request: HeaderRecord = {
  ":method": "GET",
  ":authority": "Shop.Example.com:8443",
  ":path": "/export/all?page=2",
  "user-agent": "somebot/1.0",
};

const matching: readonly Match[] = [
  {},
  { method: "GET" },
  { host: "shop.example.com" },
  { host: "SHOP.example.COM" },
  { path: { exact: "/export/all" } },
  { path: { prefix: "/export" } },
  { path: { prefix: "/exp", exact: "/export/all" } },
  { headers: [{ name: "user-agent", exact: "somebot/1.0" }] },
  { headers: [{ name: "user-agent", prefix: "somebot" }] },
  { headers: [{ name: "user-agent", present: true }] },
  { headers: [{ name: "cookie", present: false }] },
  {
    headers: [
      { name: "user-agent", prefix: "some", present: true },
      { name: "cookie", present: false },
    ],
  },
  { method: "GET", host: "shop.example.com", path: { prefix: "/" } },
];

const failing: readonly Match[] = [
  { method: "POST" },
  { method: "GE" },
  { host: "example.com" },
  { host: "shop.example.com:8443" },
  { path: { exact: "/export" } },
  { path: { exact: "/export/all?page=2" } },
  { path: { prefix: "/export/all?" } },
  { path: { prefix: "/import" } },
  { path: { exact: "/export/all", prefix: "/import" } },
  { headers: [{ name: "user-agent", exact: "somebot" }] },
  { headers: [{ name: "user-agent", prefix: "Somebot" }] },
  { headers: [{ name: "user-agent", present: false }] },
  { headers: [{ name: "cookie", present: true }] },
  { headers: [{ name: "cookie", prefix: "a" }] },
  {
    headers: [
      { name: "user-agent", prefix: "some" },
      { name: "cookie", present: true },
    ],
  },
  { method: "GET", path: { prefix: "/import" } },
];

function levelOf(config: Partial<FilterConfig>, headers: HeaderRecord = request): readonly string[] {
  const { gateway } = startSidecar({ config: { trust: "Never", ...config } }).workers[0]!;
  return levelsOf(gateway, headers);
}

test("gateway: each of these matches holds", () => {
  for (const match of matching)
    assert.deepEqual(levelOf({ rules: [{ name: "rule", match, level: "batch" }] }), ["batch"], JSON.stringify(match));
});

test("gateway: each of these matches fails", () => {
  for (const match of failing)
    assert.deepEqual(
      levelOf({ rules: [{ name: "rule", match, level: "batch" }] }),
      ["interactive"],
      JSON.stringify(match),
    );
});

test("gateway: a host without a port, and IPv6 hosts", () => {
  const rules: FilterConfig["rules"] = [{ name: "rule", match: { host: "[::1]" }, level: "batch" }];
  for (const authority of ["[::1]", "[::1]:80"])
    assert.deepEqual(levelOf({ rules }, { ":authority": authority }), ["batch"]);
  assert.deepEqual(levelOf({ rules }, { ":authority": "[::1]:x" }), ["interactive"]);
});

test("gateway: the first rule that matches wins", () => {
  const rules: FilterConfig["rules"] = [
    { name: "posts", match: { method: "POST" }, level: "batch" },
    { name: "bots", match: { headers: [{ name: "user-agent", prefix: "somebot" }] }, level: "standard" },
    { name: "exports", match: { path: { prefix: "/export" } }, level: "batch" },
  ];
  assert.deepEqual(levelOf({ rules }), ["standard"]);
});

test("gateway: a level sent from outside changes nothing", () => {
  for (const sent of ["batch", "interactive", "bulk", ["batch", "standard"]])
    assert.deepEqual(levelOf({ classifyDefault: "standard" }, { ...request, [levelHeader]: sent }), ["standard"]);
});

test("gateway: a rule cannot see a level that is not believed", () => {
  const rules: FilterConfig["rules"] = [
    { name: "claims", match: { headers: [{ name: levelHeader, present: true }] }, level: "batch" },
  ];
  assert.deepEqual(levelOf({ rules }, { ...request, [levelHeader]: "interactive" }), ["interactive"]);
});

test("gateway: a trusted level is kept, as the only value", () => {
  const config = { trust: "Always", rules: [{ name: "all", match: {}, level: "batch" }] } as const;
  assert.deepEqual(levelOf({ ...config, rules: [...config.rules] }, { [levelHeader]: "standard" }), ["standard"]);
  assert.deepEqual(levelOf({ trust: "Always" }, { [levelHeader]: ["standard", "interactive"] }), ["standard"]);
});
