// Random walks through everything that may happen (test/controller/walk.ts): nothing is reported as Programmed that proxies do not have;
// finally everything is as wanted, and then nothing is written.
import { test } from "node:test";
import fc from "fast-check";
import { happening, Walk } from "../../test/controller/walk.ts";

/** A change of the reconciler deserves more runs: EXPEDITE_WALKS=5000. */
const runs = Number(process.env.EXPEDITE_WALKS ?? 250);

test(`${runs} random walks`, async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(happening, { minLength: 2, maxLength: 14 }), (happenings) => new Walk().play(happenings)),
    { numRuns: runs },
  );
});
