// Medians of repeated rounds, their ratios and 95 % intervals. Pure.
import { random } from "./random.ts";

export interface Estimate {
  readonly value: number;
  /** The 95 % interval; NaN below six rounds, which are too few for one. */
  readonly low: number;
  readonly high: number;
}

const at = (sorted: readonly number[], index: number): number => sorted[index] ?? Number.NaN;

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  return Number.isInteger(middle) ? (at(sorted, middle - 1) + at(sorted, middle)) / 2 : at(sorted, Math.floor(middle));
}

/** Nearest rank: the smallest value such that at least the share `q` of all values does not exceed it. NaN if there are none. */
export const quantile = (sorted: ArrayLike<number>, q: number): number =>
  sorted[Math.max(0, Math.ceil(q * sorted.length) - 1)] ?? Number.NaN;

/**
 * The largest k for which the k-th smallest and the k-th largest of n values enclose the median of their distribution, whatever it is, with
 * a probability of at least 0.95 (order statistics; Conover 1999, section 3.2). 0: none.
 */
export function intervalRank(n: number): number {
  let probability = 0.5 ** n;
  let below = probability;
  let rank = 0;
  while (below <= 0.025 && rank < n) {
    rank++;
    probability *= (n - rank + 1) / rank;
    below += probability;
  }
  return rank;
}

export function estimate(values: readonly number[]): Estimate {
  const sorted = values.toSorted((a, b) => a - b);
  const rank = intervalRank(sorted.length);
  return { value: median(values), low: at(sorted, rank - 1), high: at(sorted, rank === 0 ? -1 : sorted.length - rank) };
}

const draws = 2000;

/**
 * The median of `values` divided by that of `by`, and its interval by bootstrap: rounds are drawn with replacement, the same ones for both.
 * It is not the median of the rounds' ratios, because with a noisy `by` some rounds are near zero or below.
 * @returns undefined if the interval of `by` includes zero or does not exist: the ratio could be anything
 */
export function ratioOfMedians(values: readonly number[], by: readonly number[]): Estimate | undefined {
  if (!(estimate(by).low > 0)) return undefined;
  const next = random(values.length);
  const ratios = Array.from({ length: draws }, () => {
    const rounds = values.map(() => Math.floor(next() * values.length));
    return median(rounds.map((round) => at(values, round))) / median(rounds.map((round) => at(by, round)));
  }).sort((a, b) => a - b);
  const value = median(values) / median(by);
  return { value, low: at(ratios, Math.floor(draws * 0.025)), high: at(ratios, Math.floor(draws * 0.975)) };
}

/**
 * A quantile of all values of all rounds, divided by that of `by`, and its interval by bootstrap as above. For the tail of rounds too short to
 * have one of their own. `by` has a round for each of `rounds`.
 */
export function ratioOfQuantiles(
  rounds: readonly (readonly number[])[],
  by: readonly (readonly number[])[],
  q: number,
): Estimate {
  const of = (all: readonly (readonly number[])[]): number => quantile(Float64Array.from(all.flat()).sort(), q);
  const next = random(rounds.length);
  const count = draws / 10;
  const ratios = Array.from({ length: count }, () => {
    const drawn = rounds.map(() => Math.floor(next() * rounds.length));
    return of(drawn.map((round) => rounds[round]!)) / of(drawn.map((round) => by[round]!));
  }).sort((a, b) => a - b);
  return {
    value: of(rounds) / of(by),
    low: at(ratios, Math.floor(count * 0.025)),
    high: at(ratios, Math.floor(count * 0.975)),
  };
}

/** The differences between `values` and `base`, round by round. */
export const differences = (values: readonly number[], base: readonly number[]): readonly number[] =>
  values.map((value, round) => value - (base[round] ?? Number.NaN));
