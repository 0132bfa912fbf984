// Names the subset of the pods that a level of a destination has of its own. Users have to write this subset themselves where no other
// rule can stand beside theirs. The subset of all pods is named by filter/config/level-cluster.ts, because the filter makes that name too.
import { fnv1a, levelSubset } from "@expedite/filter/config/level-cluster.ts";

/** A DNS label; never the name of another level's subset or of a user's, as no level begins with a hyphen. */
export function dedicatedSubset(level: string, subset = ""): string {
  const name = levelSubset(`-own-${level}`, subset);
  return name.length <= 63 ? name : levelSubset(`-own-${level}`, fnv1a(subset).slice(1));
}
