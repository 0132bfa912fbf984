// Reads the ladder: its levels with DSCP and share as numbers, and what in it is not applied yet.
import { dscpValue } from "../api/dscp.ts";
import { type PriorityLadder, sharePercent } from "../api/priority-ladder.ts";
import type { Level, Plan } from "../core/plan.ts";
import type { Verdict } from "../core/verdict.ts";
import { deadlines } from "./deadlines.ts";

type LadderPlan = Pick<
  Plan,
  "mode" | "header" | "correlateBy" | "readFrom" | "writeTo" | "slotSets" | "levels" | "defaultLevel" | "deadlines"
>;

/** What the ladder says. `hasQueue`: a RequestQueue is in force somewhere in the mesh. */
export function ladderPlan(ladder: PriorityLadder, { hasQueue }: { readonly hasQueue: boolean }): LadderPlan {
  const { mode, header, correlateBy, readFrom, writeTo, slotSets, defaultLevel } = ladder.spec;
  return {
    ...{ mode, header, correlateBy },
    ...(readFrom === undefined ? {} : { readFrom }),
    ...(writeTo === undefined ? {} : { writeTo }),
    ...(slotSets === undefined ? {} : { slotSets }),
    ...{ levels: levels(ladder), defaultLevel },
    ...deadlines(ladder, hasQueue),
  };
}

/** Highest first. The highest has what the others leave of 100 percent. */
export function levels(ladder: PriorityLadder): Level[] {
  const shares = ladder.spec.levels.map((level, index) =>
    index === 0 ? 0 : (sharePercent(index, level.minShare) ?? 0),
  );
  const rest = 100 - shares.reduce((sum, share) => sum + share, 0);
  return ladder.spec.levels.map((level, index) => ({
    name: level.name,
    dscp: dscpValue(level.dscp),
    share: index === 0 ? rest : (shares[index] ?? 0),
  }));
}

export function notApplied(ladder: PriorityLadder): Verdict[] {
  return ladder.spec.levels.flatMap((level, index): Verdict[] =>
    level.congestionControl === "scavenger" && dscpValue(level.dscp) === 0
      ? [
          {
            on: { kind: "PriorityLadder", name: ladder.metadata.name },
            reason: "CongestionControlNotApplied",
            field: ["spec", "levels", index, "congestionControl"],
            message: `is not applied: packets of ${level.name} carry no mark, so nothing tells its connections from others; set dscp`,
          },
        ]
      : [],
  );
}

/** Headers that the filter writes, in lower case: after that, a route that matches on one of them may no longer match. */
export function levelHeaders({ spec }: PriorityLadder): readonly string[] {
  return [spec.header.toLowerCase(), ...(spec.writeTo === undefined ? [] : ["tracestate"])];
}
