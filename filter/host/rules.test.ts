// Random rules compared with a plain model of them, before and after a reload; and percentages of requests.
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import * as arbitrary from "./arbitrary-match.ts";
import { type FilterVm, startFilterVm } from "./filter-vm.ts";
import { type ModelRequest, matches } from "./match-model.ts";
import { configOf, filterModule, levelHeader, levels, startFilter, valuesOf } from "./sidecar.ts";
import { streamAttributes } from "./stream-attributes.ts";

const option = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> => fc.option(value, { nil: undefined });

const query = fc
  .array(fc.tuple(arbitrary.parameter, option(fc.string({ unit: fc.constantFrom(..."ab=?"), maxLength: 3 }))), {
    maxLength: 3,
  })
  .map((list) => list.map(([name, value]) => (value === undefined ? name : `${name}=${value}`)).join("&"));

const path = fc.oneof(
  arbitrary.path,
  fc.tuple(arbitrary.path, query).map(([before, after]) => `${before}?${after}`),
  fc.tuple(arbitrary.service, fc.constantFrom("a", "b", "ab")).map((parts) => `/${parts.join("/")}`),
);

const item = fc.oneof(arbitrary.value, fc.boolean(), fc.constantFrom(0, 1, -7, 1.5, 2 ** 60, "true", "007"));
const claimValue = fc.oneof(
  item,
  fc.array(item, { maxLength: 3 }),
  fc.dictionary(arbitrary.claim, item, { maxKeys: 2 }),
);

const request: fc.Arbitrary<ModelRequest> = fc.record({
  method: arbitrary.method,
  host: fc
    .tuple(arbitrary.host, fc.constantFrom("", ":80", ":", ".", ".:80", ".:"))
    .map(([name, port]) => name.toUpperCase() + port),
  path,
  headers: fc
    .record(
      {
        "x-a": arbitrary.value,
        "x-b": fc.oneof(fc.constant(""), arbitrary.value),
        "x-request-id": fc.constantFrom("", ", ", "a", "a, b", "7d1b1c8e-93a5-4c2f-8f6e-0d9f3f6f2a11"),
        "content-type": fc.constantFrom("application/grpc", "application/grpc+proto", "application/json"),
      },
      { requiredKeys: [] },
    )
    .map((headers) => headers as Record<string, string>),
  principal: option(fc.oneof(arbitrary.principal, fc.constantFrom("td", "td/ns/", "td/ns/a", "td/sa/a"))),
  claims: option(fc.dictionary(arbitrary.claim, claimValue, { maxKeys: 2 })),
});

const rules = fc
  .array(fc.tuple(arbitrary.arbitraryMatch, fc.constantFrom("standard", "batch")), { minLength: 1, maxLength: 8 })
  .map((list) => list.map(([match, level], index) => ({ name: `rule ${index}`, match, level })));

const bytes = (text: string): string => Buffer.from(text, "utf8").toString("latin1");

function levelOf(vm: FilterVm, { method, host, path, headers, ...facts }: ModelRequest): string | undefined {
  const pseudo = { ":method": method, ":authority": host, ":path": path };
  const list = Object.entries({ ...pseudo, ...headers }).map(([name, value]) => [name, bytes(value)] as const);
  return valuesOf(vm.request(list, streamAttributes(facts)), levelHeader)[0];
}

test("rules: the filter answers like the model, also after a reload", () => {
  let matched = 0;
  fc.assert(
    fc.property(rules, fc.array(request, { minLength: 10, maxLength: 10 }), (list, requests) => {
      const config = configOf("gateway", { trust: "Never", rules: list, writeDefault: true });
      const vm = startFilter(config);
      const answers = requests.map((one) => levelOf(vm, one));
      const model = requests.map((one) => list.find(({ match }) => matches(match, one))?.level ?? levels[0]);
      assert.deepEqual(answers, model);
      const reloaded = startFilterVm({ module: filterModule });
      assert.ok(!reloaded.configure(JSON.stringify({ ...config, rules: [...list, { name: "broken" }] })).accepted);
      assert.ok(reloaded.configure(JSON.stringify(config).replaceAll(",", " , ")).accepted);
      assert.deepEqual(
        requests.map((one) => levelOf(reloaded, one)),
        answers,
      );
      matched += answers.filter((level) => level !== levels[0]).length;
    }),
    { numRuns: 3000 },
  );
  assert.ok(matched > 3000 && matched < 27_000, `${matched} of 30000 matched`);
});

const uuid = (index: number, digit = "4"): string => {
  const hex = (BigInt(index + 1) * 0x9e3779b97f4a7c15n * 0x10001n).toString(16).slice(-32).padStart(32, "0");
  return [hex.slice(0, 8), hex.slice(8, 12), digit + hex.slice(13, 16), hex.slice(16, 20), hex.slice(20)].join("-");
};

function share(name: string, value: number, ids: readonly string[]): readonly boolean[] {
  const rule = { name, match: { percentage: { value } }, level: "batch" };
  const vm = startFilter(configOf("gateway", { trust: "Never", rules: [rule] }));
  return ids.map((id) => valuesOf(vm.request([["x-request-id", id]]), levelHeader)[0] === "batch");
}

const count = (list: readonly boolean[]): number => list.filter((is) => is).length;

test("glob: a ** also matches right after a slash", () => {
  for (const [glob, path] of [
    ["/***a*", "/a/a"],
    ["/**/*/a*b", "/c1/a2/ab"],
    ["/**a*/b", "/aa/a/b"],
  ] as const) {
    const match = { path: { glob } };
    const vm = startFilter(configOf("gateway", { trust: "Never", rules: [{ name: "a", match, level: "batch" }] }));
    assert.equal(levelOf(vm, { method: "GET", host: "a", path, headers: {} }), "batch", `${glob} ${path}`);
  }
});

test("glob: the filter answers like the model, on paths and globs of few letters", () => {
  const glob = fc.string({ unit: fc.constantFrom("a", "b", "/", "*", "**"), maxLength: 12 }).map((rest) => `/${rest}`);
  const paths = fc.array(fc.string({ unit: fc.constantFrom(..."aab/"), maxLength: 14 }), {
    minLength: 50,
    maxLength: 50,
  });
  fc.assert(
    fc.property(glob, paths, (pattern, rests) => {
      const match = { path: { glob: pattern } };
      const vm = startFilter(configOf("gateway", { trust: "Never", rules: [{ name: "a", match, level: "batch" }] }));
      for (const rest of rests) {
        const one = { method: "GET", host: "a", path: `/${rest}`, headers: {} };
        assert.equal(levelOf(vm, one) === "batch", matches(match, one), `${pattern} /${rest}`);
      }
    }),
    { numRuns: 3000 },
  );
});

test("percentage: the share of requests matches the percentage, whatever the ids look like", () => {
  const n = 20_000;
  const kinds = [
    (index: number) => uuid(index),
    (index: number) => `${index}`,
    (index: number) => `request-${index * 1000}`,
  ];
  for (const kind of kinds)
    for (const value of [1, 10, 50, 99]) {
      const found = count(
        share(
          "a",
          value,
          Array.from({ length: n }, (_, index) => kind(index)),
        ),
      );
      const deviation = Math.sqrt(n * (value / 100) * (1 - value / 100));
      assert.ok(Math.abs(found - (n * value) / 100) < 5 * deviation, `${value} %: ${found} of ${n}`);
    }
});

test("percentage: a larger share includes a smaller one, and another rule has a share of its own", () => {
  const ids = Array.from({ length: 10_000 }, (_, index) => uuid(index));
  const [ten, thirty, other] = [share("a", 10, ids), share("a", 30, ids), share("b", 30, ids)];
  for (const [index, is] of ten.entries()) assert.ok(!is || thirty[index]);
  const both = count(thirty.map((is, index) => is && other[index] === true));
  assert.ok(both > 700 && both < 1100, `${both} of 10000 are in both shares of 30 %`);
});

test("percentage: Envoy's trace decision in a UUID changes nothing", () => {
  const ids = (digit: string): string[] => Array.from({ length: 1000 }, (_, index) => uuid(index, digit));
  for (const digit of "9ab") assert.deepEqual(share("a", 50, ids(digit)), share("a", 50, ids("4")));
});
