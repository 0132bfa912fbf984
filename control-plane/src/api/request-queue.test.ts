// What a RequestQueue may not say is refused with the field and what is allowed.
import assert from "node:assert/strict";
import { test } from "node:test";
import { formatProblem, parse } from "./parse.ts";
import { requestQueue } from "./request-queue.ts";

const good = {
  apiVersion: "expedite.dev/v1alpha1",
  kind: "RequestQueue",
  metadata: { name: "ratings", namespace: "shop" },
  spec: { targetRefs: [{ kind: "Service", name: "ratings" }], concurrencyLimit: { fixed: 8 } },
};

function problemsOf(spec: object): readonly string[] {
  const parsed = parse(requestQueue, { ...good, spec: { ...good.spec, ...spec } });
  return "problems" in parsed ? parsed.problems.map(formatProblem) : [];
}

test("a RequestQueue needs a target and a limit, and forwards after ten seconds", () => {
  const parsed = parse(requestQueue, good);
  assert.ok(!("problems" in parsed));
  const { maxWait, onTimeout, maxQueued } = parsed.value.spec;
  assert.deepEqual({ maxWait, onTimeout, maxQueued }, { maxWait: "10s", onTimeout: "Forward", maxQueued: 1024 });
});

const refused: readonly (readonly [spec: object, words: RegExp])[] = [
  [{ concurrencyLimit: { fixed: 0 } }, /^spec\.concurrencyLimit\.fixed: 0 .*1/],
  [{ concurrencyLimit: { fixed: 1001 } }, /^spec\.concurrencyLimit\.fixed: 1001 .*1000/],
  [{ concurrencyLimit: {} }, /^spec\.concurrencyLimit: .*exactly one of: fixed, adaptive/],
  [{ concurrencyLimit: { fixed: 4, adaptive: {} } }, /^spec\.concurrencyLimit: .*exactly one of: fixed, adaptive/],
  [
    { concurrencyLimit: { adaptive: { min: 8, max: 4 } } },
    /^spec\.concurrencyLimit\.adaptive\.max: 4 is below min; raise max/,
  ],
  [{ concurrencyLimit: { adaptive: { min: 300 } } }, /^spec\.concurrencyLimit\.adaptive\.max: is below min; raise max/],
  [{ concurrencyLimit: { adaptive: { min: 0 } } }, /^spec\.concurrencyLimit\.adaptive\.min: 0 .*1/],
  [{ targetRefs: [] }, /^spec\.targetRefs/],
  [{ targetRefs: [{ kind: "Gateway", name: "ratings" }] }, /^spec\.targetRefs\[0\]\.kind: "Gateway".*Service/],
  [{ targetRefs: [{ kind: "Deployment", name: "ratings" }] }, /^spec\.targetRefs\[0\]\.group: .*must be apps/],
  [{ targetRefs: [{ group: "apps", kind: "Service", name: "ratings" }] }, /^spec\.targetRefs\[0\]\.group: .*empty/],
  [{ maxWait: "10" }, /^spec\.maxWait: "10" is not a duration; allowed: 1ms to 1h/],
  [{ maxWait: "2h" }, /^spec\.maxWait: "2h" is not from 1ms to 1h/],
  [{ maxWait: "0s" }, /^spec\.maxWait: "0s" is not from 1ms to 1h/],
  [{ onTimeout: "Drop" }, /^spec\.onTimeout: "Drop".*Forward, Reject/],
  [{ maxQueued: 0 }, /^spec\.maxQueued: 0/],
  [{ levels: [{ name: "batch" }, { name: "batch" }] }, /^spec\.levels\[1\]\.name: "batch" is used twice/],
  [{ exemptPaths: ["events"] }, /^spec\.exemptPaths\[0\]: "events" must begin with \//],
];

for (const [spec, words] of refused)
  test(`a RequestQueue is refused with ${JSON.stringify(spec)}`, () => {
    const problems = problemsOf(spec);
    assert.equal(problems.length, 1, problems.join("\n"));
    assert.match(problems[0]!, words);
  });
