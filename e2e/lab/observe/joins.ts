// Sums the filters' counters for joins, over all visits of one arm.
import type { VisitCounts } from "./visit-counts.ts";

export interface Joins {
  /** Outbound calls that the applications made: three for each request of the client. */
  readonly calls: number;
  /** Those that the filters have counted. */
  readonly counted: number;
  /** Those that went at another level than the default one. */
  readonly demoted: number;
  /** Calls whose cause was found. It is looked for only where a demoted request passed within minutes. */
  readonly found: number;
  /** Calls whose cause was looked for and not found, as those of a default request that came before the first demoted one. */
  readonly missed: number;
  readonly ambiguous: number;
}

/** productpage calls details and reviews, reviews calls ratings. */
export const callsPerRequest = 3;

type Counters = Iterable<readonly [string, number]>;

const sum = (counters: Counters, matches: RegExp): number => {
  let total = 0;
  for (const [name, value] of counters) if (matches.test(name)) total += value;
  return total;
};

export const counted = (counters: Counters): number => sum(counters, /\.outbound\.requests\./);
const demoted = (counters: Counters): number => sum(counters, /\.outbound\.requests\.batch$/);
const found = (counters: Counters): number => sum(counters, /\.joins\.found\./);
const missed = (counters: Counters): number => sum(counters, /\.joins\.missed(\.|$)/);
const ambiguous = (counters: Counters): number => sum(counters, /\.joins\.ambiguous$/);

export function joinsOf(all: readonly VisitCounts[], arm: string): Joins {
  const visits = all.filter((visit) => visit.arm === arm);
  const over = (count: (counters: Counters) => number): number =>
    visits.reduce((total, { counters }) => total + count(Object.entries(counters)), 0);
  const requests = visits.reduce((total, visit) => total + visit.requests, 0);
  return {
    calls: requests * callsPerRequest,
    ...{ counted: over(counted), demoted: over(demoted) },
    ...{ found: over(found), missed: over(missed), ambiguous: over(ambiguous) },
  };
}
