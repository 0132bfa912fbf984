// In: a level of a destination with pods of the level's own. Out: the name of the subset of these pods, which users have to write
// themselves where ours can't be beside theirs. The subset of all pods is named by filter/config/level-cluster.ts, as the filter makes it too.
import { fnv1a, levelSubset } from "@expedite/filter/config/level-cluster.ts";

/** A DNS label; never the name of another level's subset or of a user's, as no level begins with a hyphen. */
export function dedicatedSubset(level: string, subset = ""): string {
  const name = levelSubset(`-own-${level}`, subset);
  return name.length <= 63 ? name : levelSubset(`-own-${level}`, fnv1a(subset).slice(1));
}
