// For any rules and request, explain's results for single rules and matchers agree with the filter's result for all of them together.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import * as arbitrary from "@expedite/filter/host/arbitrary-match.ts";
import fc from "fast-check";
import { filterFile } from "../../../../test/envoy.ts";
import { twoLevelPlan } from "../../../../test/two-levels.ts";
import { explain } from "./explain.ts";
import { FilterEvaluator } from "./filter-evaluator.ts";
import type { Request } from "./request.ts";

const evaluator = new FilterEvaluator(readFileSync(filterFile));

const rules = fc
  .array(fc.record({ match: arbitrary.arbitraryMatch, level: fc.constantFrom("interactive", "batch") }), {
    maxLength: 4,
  })
  .map((list) => list.map((rule, index) => ({ name: `r${index}`, policy: "shop/shop", ...rule })));

const maybe = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined });
const header = fc.tuple(fc.constantFrom("x-a", "x-b", "x-c", "x-request-id", "x-request-priority"), arbitrary.value);
const requests = fc
  .record({
    method: arbitrary.method,
    path: fc.tuple(arbitrary.path, fc.constantFrom("", "?p=a", "?q&p=b")).map((parts) => parts.join("")),
    host: arbitrary.host,
    headers: fc.array(header, { maxLength: 4 }),
    isGrpc: fc.boolean(),
    principal: maybe(arbitrary.principal),
    claims: maybe(fc.dictionary(arbitrary.claim, arbitrary.value)),
  })
  .map(({ isGrpc, headers, ...request }): Request => {
    const type = isGrpc ? [["content-type", "application/grpc"] as const] : [];
    const given = Object.entries(request).filter(([, value]) => value !== undefined);
    return { ...(Object.fromEntries(given) as Omit<Request, "headers">), headers: [...type, ...headers] };
  });

const classifications = fc.record(
  { trust: fc.constantFrom("Never", "Mesh", "Always"), rules, defaultLevel: fc.constantFrom("interactive", "batch") },
  { requiredKeys: ["trust", "rules"] },
);

test("rules one by one and all together give the same answer", () => {
  fc.assert(
    fc.property(classifications, requests, (classification, request) => {
      const at = { kind: "Gateway", namespace: "shop", name: "edge", hosts: ["*"], policies: [] } as const;
      const entryPoint = { ...at, classification };
      const { by, rule, rules: told } = explain({ plan: twoLevelPlan(), entryPoint, request, evaluator });
      if (by === "header") assert.ok(told.every(({ outcome }) => outcome === "not reached"));
      for (const { name, outcome, matchers } of told) {
        assert.equal(outcome === "matches", name === rule);
        if (outcome !== "not reached")
          assert.equal(
            outcome === "matches",
            matchers.every(({ holds }) => holds),
          );
      }
    }),
    { numRuns: 300 },
  );
});
