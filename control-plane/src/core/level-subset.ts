// Names the subset of the pods dedicated to a level of a destination. Users have to write this subset themselves if no other rule can exist
// next to theirs. The subset of all pods is named by filter/config/level-cluster.ts, because the filter needs that name too.
import { fnv1a, levelSubset } from "@expedite/filter/config/level-cluster.ts";

/** A DNS label. It is never the name of another level's or a user's subset, because no level begins with a hyphen. */
export function dedicatedSubset(level: string, subset = ""): string {
  const name = levelSubset(`-own-${level}`, subset);
  return name.length <= 63 ? name : levelSubset(`-own-${level}`, fnv1a(subset).slice(1));
}
