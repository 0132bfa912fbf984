// Where deadlines are carried: only in a mesh with a queue, unless the ladder says otherwise.
import assert from "node:assert/strict";
import { test } from "node:test";
import { priorityLadder } from "../api/priority-ladder.ts";
import { deadlines } from "./deadlines.ts";

const ladder = (more: object) =>
  priorityLadder.parse({
    apiVersion: "expedite.dev/v1alpha1",
    kind: "PriorityLadder",
    metadata: { name: "default" },
    spec: { levels: [{ name: "interactive" }, { name: "batch", dscp: "CS1" }], defaultLevel: "interactive", ...more },
  });

test("deadlines: they are carried where a queue uses them", () => {
  assert.deepEqual(deadlines(ladder({}), false), {});
  assert.deepEqual(deadlines(ladder({}), true), { deadlines: "Carry" });
  assert.deepEqual(deadlines(ladder({ deadlines: "Disabled" }), true), {});
  assert.deepEqual(deadlines(ladder({ deadlines: "Enforce" }), false), { deadlines: "Enforce" });
});
