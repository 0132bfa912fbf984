// The order in which the arms of a measurement take turns.

/** `by`: the number of the round. Each begins with another arm, so that a drift of the machine affects all of them alike. */
export const rotated = <T>(list: readonly T[], by: number): readonly T[] =>
  list.map((_, index) => list[(index + by) % list.length] as T);
