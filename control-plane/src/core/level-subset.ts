// In: a level of a destination. Out: the name of its subset in a DestinationRule, which users have to write themselves where ours can't be beside theirs.

/**
 * A DNS label. A level within a user's subset is a subset of its own.
 * @param isDedicated of the level's own pods only; never the name of another level's or of a user's subset's, as no level begins with a hyphen
 */
export function levelSubset(level: string, subset?: string, isDedicated = false): string {
  return `expedite-${isDedicated ? "-own-" : ""}${level}${subset === undefined ? "" : `--${subset}`}`;
}
