// Where deadlines are carried: only in a mesh with a queue, unless the ladder says otherwise.
import assert from "node:assert/strict";
import { test } from "node:test";
import { twoLevelLadder } from "../../test/two-level-ladder.ts";
import { deadlines } from "./deadlines.ts";

test("deadlines: they are carried where a queue uses them", () => {
  assert.deepEqual(deadlines(twoLevelLadder({}), false), {});
  assert.deepEqual(deadlines(twoLevelLadder({}), true), { deadlines: "Carry" });
  assert.deepEqual(deadlines(twoLevelLadder({ deadlines: "Disabled" }), true), {});
  assert.deepEqual(deadlines(twoLevelLadder({ deadlines: "Enforce" }), false), { deadlines: "Enforce" });
});
