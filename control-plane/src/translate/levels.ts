// In: the ladder. Out: its levels with DSCP and share in numbers, and a verdict for what of them is not applied yet.
import { dscpValue } from "../api/dscp.ts";
import { type PriorityLadder, sharePercent } from "../api/priority-ladder.ts";
import type { Level } from "../core/plan.ts";
import type { Verdict } from "../core/verdict.ts";

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
    level.congestionControl === "scavenger"
      ? [
          {
            on: { kind: "PriorityLadder", name: ladder.metadata.name },
            reason: "CongestionControlNotApplied",
            field: ["spec", "levels", index, "congestionControl"],
            message: `is not applied yet: connections of ${level.name} keep the system's congestion control`,
          },
        ]
      : [],
  );
}

/** Headers that the filter writes, in lower case: a route that reads one of them is another route afterwards. */
export function levelHeaders({ spec }: PriorityLadder): readonly string[] {
  return [spec.header.toLowerCase(), ...(spec.writeTo === undefined ? [] : ["tracestate"])];
}
