// The desired state when nothing can be translated.
import assert from "node:assert/strict";
import { test } from "node:test";
import { desiredStateOf } from "./desired-state.ts";
import type { CacheState } from "./ports.ts";

const ladder = { kind: "PriorityLadder", name: "default" };
const cacheState = (rest: Partial<CacheState>): CacheState => ({
  ...{ revision: 7, problems: [], policies: [], owned: [], nodes: [], pod: () => undefined, podsWithSidecar: () => [] },
  ...rest,
});
const desired = (state: CacheState) =>
  desiredStateOf(state, {
    module: { digest: "", generation: () => "" } as never,
    preflight: () => [],
  });
const policies = [{ ref: ladder, uid: "1", generation: 3, conditions: [] }];

test("without a ladder nothing is wanted, whether or not the mesh is known", () => {
  for (const one of [cacheState({}), cacheState({ undecided: "istiod is silent" })]) {
    const { wanted, undecided } = desired(one);
    assert.deepEqual([wanted, undecided], [new Map(), undefined]);
  }
});

test("with an unreadable ladder or an unknown mesh, stored objects stay, and for an unknown mesh nothing else is reported", () => {
  const problems = [{ on: ladder, reason: "Invalid", field: [], message: "is wrong" }] as const;
  const unreadable = desired(cacheState({ policies, problems, undecided: "istiod is silent" }));
  assert.deepEqual([unreadable.wanted, unreadable.undecided, unreadable.verdicts], [undefined, undefined, problems]);
  const unknown = desired(cacheState({ policies, undecided: "istiod is silent" }));
  assert.deepEqual([unknown.wanted, unknown.undecided], [undefined, "istiod is silent"]);
});
