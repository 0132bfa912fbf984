// What the filters counted about joins: results enter, sums for one arm leave.
import type { Results } from "./results.ts";

export interface Joins {
  /** Outbound calls that the applications made: three for each request of the client. */
  readonly calls: number;
  /** Calls whose cause was found. */
  readonly found: number;
  readonly missed: number;
  readonly ambiguous: number;
}

/** productpage calls details and reviews, reviews calls ratings. */
export const callsPerRequest = 3;

export function joinsOf(results: Results, arm: string): Joins {
  const visits = results.visits.filter((visit) => visit.arm === arm);
  const sum = (matches: RegExp): number =>
    visits.reduce(
      (total, { counters }) =>
        total + Object.entries(counters).reduce((part, [name, value]) => part + (matches.test(name) ? value : 0), 0),
      0,
    );
  const requests = visits.reduce((total, visit) => total + visit.requests, 0);
  return {
    calls: requests * callsPerRequest,
    found: sum(/\.joins\.found\./),
    missed: sum(/\.joins\.missed$/),
    ambiguous: sum(/\.joins\.ambiguous$/),
  };
}
