// Every example of filter/config/matcher-examples.ts, through the filter.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { ExampleRequest } from "../config/examples/example.ts";
import { matcherExamples } from "../config/matcher-examples.ts";
import type { FilterConfig } from "../config/schema.ts";
import type { FilterVm } from "./filter-vm.ts";
import { configOf, levelsOf, startFilter } from "./sidecar.ts";
import { streamAttributes } from "./stream-attributes.ts";

const request = { ":method": "GET", ":authority": "shop.example.com", ":path": "/" };

function levelOf(vm: FilterVm, example: ExampleRequest): string | undefined {
  return levelsOf(vm, { ...request, ...example.headers }, streamAttributes(example))[0];
}

function start(rules: FilterConfig["rules"]): FilterVm {
  return startFilter(configOf("gateway", { trust: "Never", rules, writeDefault: true }));
}

for (const { name, match, holds, fails } of matcherExamples)
  test(`matchers: ${name}`, () => {
    const vm = start([{ name, match, level: "batch" }]);
    for (const example of holds) assert.equal(levelOf(vm, example), "batch", JSON.stringify(example));
    for (const example of fails) assert.equal(levelOf(vm, example), "interactive", JSON.stringify(example));
  });

test("matchers: with all examples in one policy, the first of two matching rules wins", () => {
  const levels = matcherExamples.map((_, index) => ["standard", "batch"][index % 2] ?? "");
  const rules = matcherExamples.map(({ name, match }, index) => ({ name, match, level: levels[index] ?? "" }));
  // The first rule matches everything.
  const vm = start(rules.slice(1));
  const alone = rules.slice(1).map((rule) => start([rule]));
  for (const { name, holds, fails } of matcherExamples)
    for (const example of [...holds, ...fails]) {
      const expected = alone.map((one) => levelOf(one, example)).find((level) => level !== "interactive");
      assert.equal(levelOf(vm, example), expected ?? "interactive", `${name}: ${JSON.stringify(example)}`);
    }
});

test("matchers: attributes are fetched once, and only when a rule that asks for them is reached", () => {
  const vm = start([
    { name: "path", match: { path: { prefix: "/export" } }, level: "batch" },
    {
      name: "elsewhere",
      match: { path: { prefix: "/import" }, jwt: [{ claim: ["other"], exact: "a" }] },
      level: "batch",
    },
    ...["a", "b", "c"].map((plan) => ({
      name: plan,
      match: { jwt: [{ claim: ["plan"], exact: plan }] },
      level: "batch",
    })),
    { name: "peer", match: { source: { principal: { prefix: "td/" }, namespace: { exact: "a" } } }, level: "batch" },
  ]);
  const attributes = (): readonly string[] =>
    vm.calls.filter((call) => call.startsWith("proxy_get_property")).map((call) => call.slice(19));
  assert.equal(levelOf(vm, { headers: { ":path": "/export" } }), "batch");
  assert.deepEqual(attributes(), []);
  assert.equal(levelOf(vm, { headers: {} }), "interactive");
  assert.deepEqual(attributes(), [
    "metadata.filter_metadata.envoy.filters.http.jwt_authn.payload.plan",
    "connection.uri_san_peer_certificate",
  ]);
});

test("matchers: a value that can't be read makes no rule match, inverted or not, except present: true", () => {
  const huge = { headers: { "user-agent": "x".repeat(70_000) } };
  const level = (matcher: object): string | undefined =>
    levelOf(start([{ name: "a", match: { headers: [{ name: "user-agent", ...matcher }] }, level: "batch" }]), huge);
  assert.equal(level({ prefix: "x" }), "interactive");
  assert.equal(level({ prefix: "x", not: true }), "interactive");
  assert.equal(level({ any: [{ exact: "y" }, { present: false }], not: true }), "interactive");
  assert.equal(level({ present: true }), "batch");
  assert.equal(level({ present: false, not: true }), "batch");
  assert.equal(level({ any: [{ exact: "y" }, { present: true }] }), "batch");
});
