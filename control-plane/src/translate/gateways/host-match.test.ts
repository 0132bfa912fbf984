// Which hosts of a listener and of a route intersect, according to the Gateway API.
import assert from "node:assert/strict";
import { test } from "node:test";
import { restrictedTo } from "./host-match.ts";

test("host match: a trailing dot in a rule's host changes nothing", () => {
  assert.deepEqual(restrictedTo("shop.example", { exact: "shop.example." }), { exact: "shop.example" });
  assert.deepEqual(restrictedTo("shop.example", { suffix: ".example." }), { exact: "shop.example" });
  assert.deepEqual(restrictedTo("*.example", { any: [{ exact: "shop.example." }] }), { exact: "shop.example" });
  assert.deepEqual(restrictedTo("*.example", { suffix: ".shop.example." }), { suffix: ".shop.example" });
  assert.equal(restrictedTo("*.example", { suffix: ".example.", not: true }), "nothing");
  assert.equal(restrictedTo("shop.example", { exact: "shop.example.", not: true }), "nothing");
});
