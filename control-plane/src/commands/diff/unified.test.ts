// The same form as diff -u, and lines from which the second text can be recreated.
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { unified } from "./unified.ts";

test("lines around a change, ranges as diff counts them", () => {
  const before = ["1", "2", "3", "4", "5", "6", "7", "8", "9"];
  assert.deepEqual(unified(before, before.with(4, "five")), [
    ...["@@ -2,7 +2,7 @@", " 2", " 3", " 4", "-5", "+five", " 6", " 7", " 8"],
  ]);
  assert.deepEqual(unified(before, [...before, "10"]), ["@@ -7,3 +7,4 @@", " 7", " 8", " 9", "+10"]);
});

test("a new text, a removed one, and an unchanged one", () => {
  assert.deepEqual(unified([], ["a", "b"]), ["@@ -0,0 +1,2 @@", "+a", "+b"]);
  assert.deepEqual(unified(["a"], []), ["@@ -1 +0,0 @@", "-a"]);
  assert.deepEqual(unified(["a"], ["a"]), []);
});

test("distant changes have separate hunks", () => {
  const before = Array.from({ length: 20 }, (_, index) => `${index}`);
  const hunks = unified(before, before.with(1, "x").with(18, "y")).filter((line) => line.startsWith("@@"));
  assert.deepEqual(hunks, ["@@ -1,5 +1,5 @@", "@@ -16,5 +16,5 @@"]);
});

/** @throws when a hunk is not at the position that its ranges say */
function patched(before: readonly string[], lines: readonly string[]): readonly string[] {
  const after: string[] = [];
  let at = 0;
  let [left, right] = [0, 0];
  for (const line of lines) {
    const head = /^@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@$/.exec(line);
    if (head !== null) {
      assert.deepEqual([left, right], [0, 0], "the previous hunk is complete");
      [left, right] = [Number(head[2] ?? 1), Number(head[4] ?? 1)];
      const start = Number(head[1]) - (left === 0 ? 0 : 1);
      after.push(...before.slice(at, start));
      at = start;
      assert.equal(Number(head[3]) - (right === 0 ? 0 : 1), after.length);
      continue;
    }
    if (line[0] !== "+") {
      assert.equal(before[at++], line.slice(1));
      left--;
    }
    if (line[0] !== "-") {
      after.push(line.slice(1));
      right--;
    }
  }
  assert.deepEqual([left, right], [0, 0]);
  return [...after, ...before.slice(at)];
}

test("for any texts, the second can be made from the first", () => {
  const text = fc.array(fc.constantFrom("a", "b", "c", "d", ""), { maxLength: 40 });
  fc.assert(
    fc.property(text, text, (before, after) => assert.deepEqual(patched(before, unified(before, after)), after)),
  );
});

test("if the search would take long, everything in between is replaced, and the second text can still be made", {
  timeout: 120_000,
}, () => {
  const before = Array.from({ length: 30_000 }, (_, index) => `a${index}`);
  const after = before.map((line, index) => (index % 3 === 1 ? line : `b${index}`));
  assert.deepEqual(patched(before, unified(before, after)), after);
});
