// Which variants are measured in a proxy through which nothing demoted passes, and what their results are compared with.
import assert from "node:assert/strict";
import { test } from "node:test";
import { baseOfResult, isOfResults, quietly, quietNames, together } from "./quiet.ts";
import { variantNames } from "./variants.ts";

test("quiet: variants of the default level are measured twice, each time with what they are compared with", () => {
  assert.deepEqual(quietNames(["no-filter", "native", "empty", "inbound-default", "inbound", "gateway-default"]), [
    "no-filter",
    "native",
    "inbound-default",
  ]);
  assert.ok(["no-filter", "routed", "lua"].every((name) => quietNames(variantNames).includes(name)));
  assert.deepEqual(quietNames(["no-filter", "lua", "inbound", "gateway-default"]), []);
});

test("quiet: a result is compared with one from the same proxy", () => {
  assert.equal(baseOfResult("routed-default"), "routed");
  assert.equal(baseOfResult(quietly("routed-default")), quietly("routed"));
  assert.equal(baseOfResult("gateway-default"), "level-on-response");
});

test("quiet: the default level comes first, and what is there for comparison is no result", () => {
  const busy = new Map(["no-filter", "inbound", "inbound-default"].map((name) => [name, "busy"]));
  const all = together(busy, new Map(["no-filter", "inbound-default"].map((name) => [name, "quiet"])));
  assert.deepEqual([...all.keys()].filter(isOfResults), [
    quietly("inbound-default"),
    "inbound-default",
    "no-filter",
    "inbound",
  ]);
  assert.equal(all.get(quietly("no-filter")), "quiet");
});
