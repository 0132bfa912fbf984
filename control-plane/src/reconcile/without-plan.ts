// In: a world without a snapshot. Out: what is wanted in it: nothing where there is no ladder; else what is there stays, and why. Pure.
import type { ObjectRef } from "../core/verdict.ts";
import type { DesiredState } from "./desired-state.ts";
import type { CacheState } from "./ports.ts";

export function stateWithoutPlan({ revision, policies, problems, meshUnknown }: CacheState): DesiredState {
  const none: DesiredState = {
    revision,
    generations: new Map(policies.map(({ uid, generation }) => [uid, generation])),
    verdicts: problems,
    withheld: new Map(),
    reach: new Map(),
    manifest: (key) => {
      throw new Error(`${key} is not wanted`);
    },
    drop: () => {},
  };
  const isLadder = ({ kind, name }: ObjectRef): boolean => kind === "PriorityLadder" && name === "default";
  if (!policies.some(({ ref }) => isLadder(ref))) return { ...none, wanted: new Map() };
  const isReadable = !problems.some(({ on }) => isLadder(on));
  return isReadable && meshUnknown !== undefined ? { ...none, undecided: meshUnknown } : none;
}
