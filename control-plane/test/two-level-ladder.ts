// A PriorityLadder with two levels, for tests to vary.
import { type PriorityLadder, priorityLadder } from "../src/api/priority-ladder.ts";

/** `more`: fields of its spec. */
export const twoLevelLadder = (more: object = {}): PriorityLadder =>
  priorityLadder.parse({
    apiVersion: "expedite.dev/v1alpha1",
    kind: "PriorityLadder",
    metadata: { name: "default" },
    spec: { levels: [{ name: "interactive" }, { name: "batch", dscp: "CS1" }], defaultLevel: "interactive", ...more },
  });
