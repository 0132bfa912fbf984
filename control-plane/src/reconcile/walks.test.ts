// Random walks through everything that may happen (test/controller/walk.ts): nothing is reported as Programmed that proxies do not have;
// finally everything is as wanted, and then nothing is written.
import { test } from "node:test";
import fc from "fast-check";
import { happening, Walk } from "../../test/controller/walk.ts";

/**
 * The same walks each time, so that a failure comes from a change. A change of the reconciler deserves more, and new ones: EXPEDITE_WALKS=3000.
 */
const { EXPEDITE_WALKS: asked } = process.env;
const runs = Number(asked ?? 250);
const seed = asked === undefined ? { seed: 26 } : {};

test(`${runs} random walks`, async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(0, 100, 1_000, 4_000),
      fc.array(happening, { minLength: 2, maxLength: 14 }),
      (debounce, happenings) => new Walk().play(debounce, happenings),
    ),
    { numRuns: runs, ...seed },
  );
});

test("a push of an earlier change, put off by others' changes for as long as istiod does, is not mistaken for that of a later one", () =>
  new Walk().play(4_000, [
    { what: "policy", namespace: "b", hosts: ["bad"], rules: "x", classifies: false, pause: 6_000 },
    { what: "remove", namespace: "b", name: "expedite-filter", pause: 0 },
    { what: "churn", after: 0, lasts: 15_000, every: 10, pause: 0 },
    { what: "policy", namespace: "a", hosts: undefined, rules: "x", classifies: false, pause: 0 },
  ]));
