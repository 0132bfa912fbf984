// A rule matches exactly if all of its matchers do, one by one, so explain shows what the filter does.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { matcherExamples } from "@expedite/filter/config/matcher-examples.ts";
import { filterFile } from "../../../../test/envoy.ts";
import { requestOfExample } from "../../../../test/example-request.ts";
import { FilterEvaluator } from "./filter-evaluator.ts";
import { matchersOf } from "./matchers.ts";

const evaluator = new FilterEvaluator(readFileSync(filterFile));

for (const { name, match, holds, fails } of matcherExamples)
  test(`matchers of ${name}`, () => {
    const matchers = matchersOf(match);
    for (const [examples, expected] of [[holds, true] as const, [fails, false] as const])
      for (const example of examples) {
        const request = requestOfExample(example);
        const where = JSON.stringify(example);
        assert.equal(evaluator.holds(name, match, request), expected, where);
        assert.equal(
          matchers.every((matcher) => evaluator.holds(name, matcher.match, request)),
          expected,
          where,
        );
        for (const matcher of matchers) assert.notEqual(matcher.found(request), "", where);
      }
  });
