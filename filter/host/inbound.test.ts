// What inbound trusts, classifies and strips.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { FilterConfig } from "../config/schema.ts";
import { type HeaderRecord, levelHeader, levelsOf, startSidecar } from "./sidecar.ts";

const sanOf = (san: string): ReadonlyMap<string, string> => new Map([["connection.uri_san_peer_certificate", san]]);
const peer = sanOf("spiffe://cluster.local/ns/shop/sa/front");
const mesh: Partial<FilterConfig> = { trust: "Mesh", trustDomains: ["cluster.local"] };
const exports: FilterConfig["rules"] = [{ name: "exports", match: { path: { prefix: "/export" } }, level: "batch" }];

interface Case {
  readonly name: string;
  readonly config?: Partial<FilterConfig>;
  readonly headers: HeaderRecord;
  readonly properties?: ReadonlyMap<string, string>;
  /** The level header's values as the application sees them. */
  readonly seen: readonly string[];
  /** The level under which it is counted. */
  readonly level: string;
  readonly stripped?: number;
}

const from = (value: string | string[]): HeaderRecord => ({ [levelHeader]: value });

const cases: readonly Case[] = [
  { name: "no header is the default level, unmarked", headers: {}, seen: [], level: "interactive" },
  { name: "Always: any peer is trusted", headers: from("batch"), seen: ["batch"], level: "batch" },
  { name: "a name that is not a level is removed", headers: from("bulk"), seen: [], level: "interactive", stripped: 1 },
  { name: "an empty header is removed", headers: from(""), seen: [], level: "interactive", stripped: 1 },
  { name: "names are compared case-sensitively", headers: from("Batch"), seen: [], level: "interactive", stripped: 1 },
  {
    name: "the first of several values counts",
    headers: from(["batch", "bulk"]),
    seen: ["batch", "bulk"],
    level: "batch",
  },
  {
    name: "all values are removed if the first is not trusted",
    headers: from(["bulk", "batch"]),
    seen: [],
    level: "interactive",
    stripped: 1,
  },
  {
    name: "Never: nobody is trusted",
    config: { trust: "Never" },
    headers: from("batch"),
    seen: [],
    level: "interactive",
    stripped: 1,
  },
  {
    name: "Mesh: a peer of the trust domain is trusted",
    config: mesh,
    headers: from("batch"),
    properties: peer,
    seen: ["batch"],
    level: "batch",
  },
  {
    name: "Mesh: plaintext is not trusted",
    config: mesh,
    headers: from("batch"),
    seen: [],
    level: "interactive",
    stripped: 1,
  },
  {
    name: "Mesh: another trust domain is not trusted",
    config: mesh,
    headers: from("batch"),
    properties: sanOf("spiffe://cluster.local.evil/ns/a/sa/b"),
    seen: [],
    level: "interactive",
    stripped: 1,
  },
  {
    name: "Mesh: a certificate without a path after its trust domain is not trusted",
    config: mesh,
    headers: from("batch"),
    properties: sanOf("spiffe://cluster.local"),
    seen: [],
    level: "interactive",
    stripped: 1,
  },
  {
    name: "rules classify a request that came without a level, and the application sees it",
    config: { rules: exports },
    headers: { ":path": "/export/all?x=1" },
    seen: ["batch"],
    level: "batch",
  },
  {
    name: "rules do not touch a trusted level",
    config: { rules: exports },
    headers: { ":path": "/export", ...from("standard") },
    seen: ["standard"],
    level: "standard",
  },
  {
    name: "rules decide if the header is not trusted",
    config: { rules: exports, trust: "Never" },
    headers: { ":path": "/export", ...from("interactive") },
    seen: ["batch"],
    level: "batch",
    stripped: 1,
  },
  {
    name: "no rule matches: classifyDefault",
    config: { rules: exports, classifyDefault: "standard" },
    headers: { ":path": "/" },
    seen: ["standard"],
    level: "standard",
  },
];

test("inbound: Mesh: a peer of any of the mesh's trust domains is trusted, compared by the whole name", () => {
  const trustDomains = ["prod.example", "old.example", "prod"];
  const { inbound } = startSidecar({ config: { trust: "Mesh", trustDomains } }).workers[0]!;
  const levels = (san: string): readonly string[] => levelsOf(inbound, from("batch"), sanOf(san));
  for (const domain of trustDomains) assert.deepEqual(levels(`spiffe://${domain}/ns/shop/sa/front`), ["batch"], domain);
  for (const domain of ["cluster.local", "corp.local", "prod.exampl", "prod.example.", "PROD.EXAMPLE", "", "rod"])
    assert.deepEqual(levels(`spiffe://${domain}/ns/shop/sa/front`), [], domain);
  for (const san of ["", "spiffe://", "spiffe:/", "spiffe://prod.example", "https://prod.example/ns/shop/sa/front"])
    assert.deepEqual(levels(san), [], san);
});

for (const { name, config, headers, properties, seen, level, stripped = 0 } of cases)
  test(`inbound: ${name}`, () => {
    const { inbound } = startSidecar(config === undefined ? {} : { config }).workers[0]!;
    assert.deepEqual(levelsOf(inbound, headers, properties), seen);
    inbound.tick();
    assert.equal(inbound.counters.get(`expedite.inbound.requests.${level}`), 1);
    assert.equal(inbound.counters.get("expedite.inbound.stripped"), stripped);
  });
