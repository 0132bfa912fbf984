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

const queue = {
  namespace: "shop",
  service: "ratings",
  selector: { app: "ratings" },
  settings: { limit: 4, maxQueued: 100, levels: [] },
};

test("deadlines: they are carried where a queue uses them", () => {
  assert.deepEqual(deadlines(ladder({}), []), {});
  assert.deepEqual(deadlines(ladder({}), [queue]), { deadlines: "Carry" });
  assert.deepEqual(deadlines(ladder({ deadlines: "Disabled" }), [queue]), {});
  assert.deepEqual(deadlines(ladder({ deadlines: "Enforce" }), []), { deadlines: "Enforce" });
});
