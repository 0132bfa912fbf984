// How many turns each part of a run has, and how long one takes, for the progress line.
import { codeTurns } from "./code.ts";
import { memoryCases } from "./memory.ts";
import type { Options, Part } from "./options.ts";
import { pricedListeners } from "./price-calls.ts";
import type { Stretch } from "./progress.ts";
import { quietNames } from "./quiet.ts";
import { saturatedEvery, turns } from "./rounds.ts";
import { scaled } from "./scale.ts";

export function expectedLengths({ variants, rounds, seconds, parts }: Options): readonly Stretch[] {
  const subjects = variants.length + quietNames(variants).length;
  /** With the requests before a turn. */
  const turn = seconds * (1 + 1 / saturatedEvery) + 0.02;
  const lengths: Readonly<Record<Part, Stretch>> = {
    variants: { turns: turns(subjects, rounds), seconds: turn },
    cold: { turns: turns(subjects, rounds), seconds: 0.05 },
    "host-calls": { turns: turns(pricedListeners(), rounds), seconds: seconds / 2 },
    scaling: { turns: turns(scaled.length * 2, rounds), seconds: turn },
    memory: { turns: memoryCases.length, seconds: 3 },
    code: { turns: codeTurns(variants), seconds: 5 },
  };
  return parts.map((part) => lengths[part]);
}
