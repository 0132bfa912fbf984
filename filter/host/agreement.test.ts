// The schema and the filter agree on random configurations, good ones and slightly broken ones.
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { correlators, filterConfig } from "../config/schema.ts";
import { startFilterVm } from "./filter-vm.ts";
import { filterModule } from "./sidecar.ts";

const text = (max: number): fc.Arbitrary<string> => fc.string({ unit: "grapheme", minLength: 1, maxLength: max });
const label = fc.stringMatching(/^[a-z0-9]([-a-z0-9]{0,20}[a-z0-9])?$/);
const header = fc.stringMatching(/^[a-z0-9_-]{1,20}$/);
const path = text(20).map((rest) => `/${rest}`);

/** A record of which at least one field is there. */
const some = (fields: Readonly<Record<string, fc.Arbitrary<unknown>>>): fc.Arbitrary<Record<string, unknown>> =>
  fc.record<Record<string, unknown>>(fields, { requiredKeys: [] }).filter((value) => Object.keys(value).length > 0);

const headerMatch = fc
  .tuple(header, some({ exact: text(20), prefix: text(20), present: fc.boolean() }))
  .map(([name, rest]) => ({ ...rest, name }));

const match = fc.record(
  {
    method: fc.stringMatching(/^[A-Z]{1,10}$/),
    host: text(40),
    path: some({ exact: path, prefix: path }),
    headers: fc.array(headerMatch, { maxLength: 3 }),
  },
  { requiredKeys: [] },
);

const memberKey = fc.stringMatching(/^[a-z0-9][a-z0-9_*/@-]{0,20}$/);

function carrierOf(level: fc.Arbitrary<string>): fc.Arbitrary<Record<string, unknown>> {
  const values = fc.array(fc.record({ value: text(20), level }), { minLength: 1, maxLength: 4 });
  const place = fc.oneof(
    fc.record({ header }),
    fc.record({ tracestate: memberKey }),
    fc.record({ baggage: memberKey }),
  );
  return fc.tuple(place, fc.option(values)).map(([at, map]) => (map === null ? at : { ...at, values: map }));
}

const good = fc.uniqueArray(label, { minLength: 1, maxLength: 8 }).chain((levels) => {
  const level = fc.constantFrom(...levels);
  return fc.record(
    {
      version: fc.constant(1),
      role: fc.constantFrom("inbound", "outbound", "gateway"),
      header,
      levels: fc.constant(levels),
      defaultLevel: level,
      correlateBy: fc.subarray([...correlators], { minLength: 1 }),
      trust: fc.constantFrom("Never", "Mesh", "Always"),
      trustDomain: text(40),
      rules: fc.array(fc.record({ name: text(20), match, level }), { maxLength: 5 }),
      classifyDefault: level,
      slotSets: fc.constantFrom(64, 128, 256),
      mode: fc.constantFrom("Observe", "Enforce"),
      readFrom: fc.array(carrierOf(level), { minLength: 1, maxLength: 4 }),
      writeTo: fc.record({ tracestate: memberKey }),
      storeDefault: fc.boolean(),
    },
    { requiredKeys: ["version", "role", "header", "levels", "defaultLevel", "correlateBy", "trust", "trustDomain"] },
  );
});

function accepts(config: unknown): boolean {
  const { accepted, logs } = startFilterVm({ module: filterModule }).configure(JSON.stringify(config));
  assert.equal(logs.length, accepted ? 0 : 1);
  return accepted;
}

test("agreement: good configurations are accepted by both", () => {
  fc.assert(
    fc.property(good, (config) => {
      assert.ok(filterConfig.safeParse(config).success);
      assert.ok(accepts(config));
    }),
    { numRuns: 500 },
  );
});

type Tree = Record<string, unknown>;

/** Replaces or adds one value somewhere in the tree. `steps` choose the way down. */
function breakAt(node: unknown, steps: readonly number[], key: string, value: unknown): unknown {
  const [step = 0, ...rest] = steps;
  if (typeof node !== "object" || node === null || rest.length === 0) return value;
  const keys = [...Object.keys(node), key];
  const chosen = keys[step % keys.length] ?? key;
  const inner = breakAt((node as Tree)[chosen], rest, key, value);
  return Array.isArray(node)
    ? Object.assign([...node], chosen === key ? [] : { [chosen]: inner })
    : { ...node, [chosen]: inner };
}

test("agreement: broken configurations are refused by both", () => {
  const value = fc.oneof(
    fc.constantFrom<unknown>(
      null,
      true,
      0,
      -1,
      1.5,
      128,
      "",
      "x",
      "X",
      "/",
      "batch-",
      [],
      {},
      ["b3"],
      { name: "a" },
      { exact: "/" },
    ),
    text(70),
    fc.nat(),
  );
  const key = fc.constantFrom("name", "exact", "present", "level", "other", "slotSets", "method", "path");
  let refused = 0;
  fc.assert(
    fc.property(good, fc.array(fc.nat(), { minLength: 2, maxLength: 7 }), key, value, (config, steps, name, wrong) => {
      const broken = breakAt(config, steps, name, wrong);
      const success = filterConfig.safeParse(broken).success;
      assert.equal(accepts(broken), success, JSON.stringify(filterConfig.safeParse(broken).error?.issues));
      if (!success) refused++;
    }),
    { numRuns: 3000 },
  );
  assert.ok(refused > 1000, `only ${refused} of 3000 were broken`);
});

test("agreement: any bytes are answered by one line at most", () => {
  const pieces = fc.constantFrom(
    '{"',
    '":',
    ",",
    "[",
    "]",
    "}",
    '"levels"',
    "\\u",
    "1",
    "true",
    "\\",
    '"',
    "\u0000",
    "é",
    " ",
  );
  fc.assert(
    fc.property(fc.array(fc.oneof(pieces, text(5)), { maxLength: 40 }), (parts) => {
      const { accepted, logs } = startFilterVm({ module: filterModule }).configure(parts.join(""));
      assert.ok(!accepted && logs.length === 1 && !logs[0]?.includes("\n"));
    }),
    { numRuns: 3000 },
  );
});
