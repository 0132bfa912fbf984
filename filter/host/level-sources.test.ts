// Levels in other headers: read by readFrom, written by writeTo.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { FilterConfig } from "../config/schema.ts";
import type { FilterVm } from "./filter-vm.ts";
import { SharedData } from "./shared-data.ts";
import { configOf, type HeaderRecord, headerList, levelHeader, levelsOf, startFilter, valuesOf } from "./sidecar.ts";

const readFrom: FilterConfig["readFrom"] = [
  {
    header: "x-priority",
    values: [
      { value: "0", level: "interactive" },
      { value: "7", level: "batch" },
    ],
  },
  { tracestate: "xp" },
  { baggage: "urgency", values: [{ value: "low", level: "batch" }] },
];

const id = { "x-request-id": "abc" };

const read: readonly (readonly [string, HeaderRecord, string | undefined])[] = [
  ["a value of the map", { "x-priority": "7" }, "batch"],
  ["a value that is not in the map means no level", { "x-priority": "3" }, undefined],
  ["a level's name means no level if there is a map", { "x-priority": "batch" }, undefined],
  ["a tracestate member by its level's name", { tracestate: "a=1,xp=standard,b=2" }, "standard"],
  ["members of several tracestate headers", { tracestate: ["a=1", "xp=standard"] }, "standard"],
  ["white space around members", { tracestate: "a=1 ,\t xp=standard \t, b=2" }, "standard"],
  ["a key is compared as a whole", { tracestate: "axp=batch,xpa=batch,x=xp=batch" }, undefined],
  ["an unknown value", { tracestate: "xp=bulk" }, undefined],
  ["an empty value", { tracestate: "xp=" }, undefined],
  ["empty members", { tracestate: ",,xp=batch,," }, "batch"],
  ["a baggage member", { baggage: "user=1,urgency=low" }, "batch"],
  ["a baggage member's properties are not its value", { baggage: "urgency=low;ttl=1" }, "batch"],
  ["white space around a baggage member's equals sign", { baggage: "urgency \t=  low" }, "batch"],
  ["white space before properties", { baggage: "user = 1 , urgency=low ;ttl=1; other" }, "batch"],
  ["a percent-encoded baggage value", { baggage: "urgency=l%6Fw" }, "batch"],
  ["a percent sign that encodes nothing", { baggage: "urgency=%6,urgency=low" }, undefined],
  ["a property is not a member", { baggage: "user=1;urgency=low" }, undefined],
  ["a baggage member without a value", { baggage: "urgency;x=low" }, undefined],
  ["a tracestate member has no white space inside", { tracestate: "xp =batch,xp= batch" }, undefined],
  ["a tracestate value is not percent-encoded", { tracestate: "xp=b%61tch" }, undefined],
  ["the first that has one wins", { "x-priority": "0", tracestate: "xp=batch" }, "interactive"],
  ["a source without a level leaves it to the next", { "x-priority": "3", tracestate: "xp=batch" }, "batch"],
];

for (const [name, headers, level] of read)
  test(`level sources: ${name}`, () => {
    assert.deepEqual(
      levelsOf(startFilter(configOf("inbound", { readFrom, writeDefault: true })), headers),
      level ? [level] : [],
    );
    const gateway = startFilter(configOf("gateway", { readFrom, writeDefault: true }));
    assert.deepEqual(levelsOf(gateway, headers), [level ?? "interactive"]);
  });

test("level sources: the level header comes first", () => {
  const inbound = startFilter(configOf("inbound", { readFrom }));
  assert.deepEqual(levelsOf(inbound, { [levelHeader]: "standard", "x-priority": "7" }), ["standard"]);
  assert.deepEqual(levelsOf(inbound, { [levelHeader]: "bulk", "x-priority": "7" }), ["batch"]);
});

test("level sources: they are trusted exactly as the level header is", () => {
  const from = { "x-priority": "7", tracestate: "xp=batch" };
  assert.deepEqual(levelsOf(startFilter(configOf("gateway", { readFrom, writeDefault: true, trust: "Never" })), from), [
    "interactive",
  ]);
  const mesh: Partial<FilterConfig> = { readFrom, trust: "Mesh", trustDomains: ["cluster.local"] };
  const peer = new Map([["connection.uri_san_peer_certificate", "spiffe://cluster.local/ns/a/sa/b"]]);
  assert.deepEqual(levelsOf(startFilter(configOf("inbound", mesh)), from), []);
  assert.deepEqual(levelsOf(startFilter(configOf("inbound", mesh)), from, peer), ["batch"]);
});

test("level sources: a call asks by them if the level header is absent, and gets no more than by that header", () => {
  const cases: readonly (readonly [string | undefined, HeaderRecord, readonly string[]])[] = [
    ["standard", { "x-priority": "7" }, ["batch"]],
    ["standard", { "x-priority": "0" }, ["standard"]],
    ["standard", { "x-priority": "7", [levelHeader]: "standard" }, ["standard"]],
    [undefined, { "x-priority": "7" }, ["batch"]],
    [undefined, { "x-priority": "0" }, []],
    [undefined, { "x-priority": "3" }, []],
  ];
  for (const [inherited, headers, level] of cases) {
    const { inbound, outbound } = pair({ readFrom, writeDefault: true, defaultLevel: "standard" });
    if (inherited !== undefined) levelsOf(inbound, { ...id, [levelHeader]: inherited });
    assert.deepEqual(levelsOf(outbound, { ...id, ...headers }), level, JSON.stringify([inherited, headers]));
  }
});

function pair(config: Partial<FilterConfig>): { readonly inbound: FilterVm; readonly outbound: FilterVm } {
  const options = { sharedData: new SharedData() };
  return {
    inbound: startFilter(configOf("inbound", config), options),
    outbound: startFilter(configOf("outbound", config), options),
  };
}

const tracestateOf = (vm: FilterVm, headers: HeaderRecord): readonly string[] =>
  valuesOf(vm.request(headerList(headers)), "tracestate");

const written: readonly (readonly [string, HeaderRecord, readonly string[]])[] = [
  ["alone", { [levelHeader]: "batch" }, ["xp=batch"]],
  ["before the others", { [levelHeader]: "batch", tracestate: "a=1, b=2" }, ["xp=batch,a=1,b=2"]],
  ["in place of another level", { [levelHeader]: "batch", tracestate: "a=1,xp=standard" }, ["xp=batch,a=1"]],
  ["once", { [levelHeader]: "batch", tracestate: "xp=a,a=1,xp=b" }, ["xp=batch,a=1"]],
  ["over several headers", { [levelHeader]: "batch", tracestate: ["a=1", "b=2"] }, ["xp=batch,a=1,b=2"]],
  ["not again", { [levelHeader]: "batch", tracestate: "a=1 , xp=batch" }, ["a=1 , xp=batch"]],
  ["not for the default level", { tracestate: "a=1" }, ["a=1"]],
  ["for the default level in place of another", { tracestate: "a=1,xp=batch" }, ["xp=interactive,a=1"]],
];

for (const [name, headers, tracestate] of written)
  test(`level sources: the tracestate member is written ${name}`, () => {
    for (const role of ["inbound", "gateway"] as const)
      assert.deepEqual(
        tracestateOf(startFilter(configOf(role, { writeTo: { tracestate: "xp" } })), headers),
        tracestate,
      );
  });

test("level sources: a list has at most 32 members, and the last ones are dropped first", () => {
  const members = Array.from({ length: 40 }, (_, index) => `k${index}=v`);
  const inbound = startFilter(configOf("inbound", { writeTo: { tracestate: "xp" } }));
  const [list = ""] = tracestateOf(inbound, { [levelHeader]: "batch", tracestate: members.join(",") });
  assert.deepEqual(list.split(","), ["xp=batch", ...members.slice(0, 31)]);
});

test("level sources: an application that forwards only tracestate keeps the level, and cannot raise it", () => {
  const config = { readFrom: [{ tracestate: "xp" }], writeTo: { tracestate: "xp" } };
  const { inbound, outbound } = pair(config);
  const [tracestate = ""] = tracestateOf(inbound, { ...id, [levelHeader]: "batch", tracestate: "vendor=1" });
  assert.deepEqual(levelsOf(outbound, { tracestate }), ["batch"]);
  const raised = outbound.request(headerList({ ...id, tracestate: "xp=interactive,vendor=1" }));
  assert.deepEqual(valuesOf(raised, levelHeader), ["batch"]);
  assert.deepEqual(valuesOf(raised, "tracestate"), ["xp=batch,vendor=1"]);
});

test("level sources: a tracestate that does not fit is left as it is", () => {
  const inbound = startFilter(configOf("inbound", { writeTo: { tracestate: "xp" } }));
  const tracestate = `a=${"1".repeat(40_000)}`;
  assert.deepEqual(tracestateOf(inbound, { [levelHeader]: "batch", tracestate }), [tracestate]);
});
