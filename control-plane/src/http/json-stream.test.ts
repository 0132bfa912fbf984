// Together the pieces are what JSON.stringify gives, and none of them is as long as the whole.
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { jsonPieces } from "./json-stream.ts";

test("for any value, the pieces form its JSON", () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      assert.equal([...jsonPieces(value)].join(""), `${JSON.stringify(value)}\n`);
    }),
  );
});

test("undefined is left out of objects and null in lists, as JSON.stringify does", () => {
  const value = { a: undefined, list: [undefined, { b: undefined, c: 1 }] };
  assert.equal([...jsonPieces(value)].join(""), `${JSON.stringify(value)}\n`);
});

test("a list of ten thousand items is never one piece", () => {
  const value = { pods: Array.from({ length: 10_000 }, (_, index) => ({ name: `pod-${index}` })) };
  const longest = Math.max(...[...jsonPieces(value)].map((piece) => piece.length));
  assert.ok(longest < 100, `${longest}`);
});
