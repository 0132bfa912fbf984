// The schema and the filter agree on random configurations, both good and slightly broken.
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { routeList } from "../config/route-list.ts";
import { filterConfig } from "../config/schema.ts";
import { arbitraryConfig, arbitraryRouteList } from "./arbitrary-config.ts";
import { startFilterVm } from "./filter-vm.ts";
import { pathText } from "./refusal.ts";
import { configOf, filterModule, moduleWithoutQueue } from "./sidecar.ts";

const text = (max: number): fc.Arbitrary<string> => fc.string({ unit: "grapheme", minLength: 1, maxLength: max });

/** The path of what was refused, as the filter writes it; undefined if it was accepted. */
function refusedPath(config: unknown, list?: unknown, module = filterModule): string | undefined {
  const text = JSON.stringify(config) + (list === undefined ? "" : `\n${JSON.stringify(list)}`);
  const { accepted, logs } = startFilterVm({ module }).configure(text);
  assert.equal(logs.length, accepted ? 0 : 1);
  return accepted ? undefined : (logs[0]?.match(/^expedite: [a-z ]+ refused: ([\w[\].]*): /)?.[1] ?? "");
}

test("agreement: good configurations are accepted by both", () => {
  fc.assert(
    fc.property(arbitraryConfig, (config) => {
      assert.ok(filterConfig.safeParse(config).success);
      assert.equal(refusedPath(config), undefined);
    }),
    { numRuns: 500 },
  );
});

test("agreement: the module without a queue accepts the same, and refuses a queue", () => {
  fc.assert(
    fc.property(arbitraryConfig, (config) => {
      const expected = "queue" in config && config.queue !== undefined ? "queue" : undefined;
      assert.equal(refusedPath(config, undefined, moduleWithoutQueue), expected);
    }),
    { numRuns: 500 },
  );
});

type Tree = Record<string, unknown>;

/** Replaces or adds one value somewhere in the tree. `steps` choose the path down. */
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
      [{ exact: "/", present: true }],
      { any: [{ exact: "GET" }] },
      { value: 7 },
    ),
    text(70),
    fc.nat(),
  );
  const key = fc.constantFrom(
    ...[
      "name",
      "level",
      "other",
      "slotSets",
      "match",
      "method",
      "host",
      "path",
      "headers",
      "query",
      "grpc",
      "source",
      "jwt",
    ],
    ...["percentage", "exact", "prefix", "glob", "present", "any", "not", "claim", "value", "principal"],
  );
  let refused = 0;
  fc.assert(
    fc.property(
      arbitraryConfig,
      fc.array(fc.nat(), { minLength: 2, maxLength: 9 }),
      key,
      value,
      (config, steps, name, wrong) => {
        const broken = breakAt(config, steps, name, wrong);
        const issues = filterConfig.safeParse(broken).error?.issues ?? [];
        const path = refusedPath(broken);
        assert.equal(path === undefined, issues.length === 0, JSON.stringify(issues));
        // Of several errors the filter reports the first in the text, zod the first in the schema.
        if (issues.length === 1) assert.equal(path, pathText(issues[0]?.path ?? []), JSON.stringify(issues));
        if (issues.length > 0) refused++;
      },
    ),
    { numRuns: 3000 },
  );
  assert.ok(refused > 1000, `only ${refused} of 3000 were broken`);
});

test("agreement: broken route lists are refused by both", () => {
  const config = configOf("outbound");
  const value = fc.oneof(
    fc.constantFrom<unknown>(null, true, 1, "", "0123456789abcdef", "0123456789ABCDEF", [], {}, ["a"], [""], [[]]),
    fc.string({ unit: "grapheme", minLength: 200, maxLength: 600 }),
  );
  const steps = fc.array(fc.nat(), { minLength: 2, maxLength: 6 });
  const key = fc.constantFrom("variants", "excludedHosts", "name", "routes", "other");
  let refused = 0;
  fc.assert(
    fc.property(arbitraryRouteList, steps, key, value, (list, way, name, wrong) => {
      const broken = breakAt(list, way, name, wrong);
      const issues = routeList.safeParse(broken).error?.issues ?? [];
      const path = refusedPath(config, broken);
      assert.equal(path === undefined, issues.length === 0, JSON.stringify(issues));
      if (issues.length === 1) assert.equal(path, pathText(issues[0]?.path ?? []), JSON.stringify(issues));
      if (issues.length > 0) refused++;
    }),
    { numRuns: 2000 },
  );
  assert.ok(refused > 500, `only ${refused} of 2000 were broken`);
});

test("agreement: any bytes lead to at most one log line", () => {
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
