// Quantiles over pooled repeats and their 95 % intervals, in milliseconds. Pure.
import { random } from "../../measure/random.ts";

/** One second of one repeat: latencies and how many times each occurred. */
export interface Block {
  readonly values: readonly { readonly milliseconds: number; readonly count: number }[];
}

/** Latencies of all blocks in one ascending list; each remembers its block. */
export interface Sample {
  readonly milliseconds: Float64Array;
  readonly counts: Uint32Array;
  readonly blocks: Uint32Array;
  readonly n: number;
}

/** How many times each block is drawn in one resampling. */
export type Weights = Uint32Array;

export interface Estimate {
  readonly value: number;
  /** 95 % interval. */
  readonly low: number;
  readonly high: number;
}

/** `repeats` has the blocks of each repeat, in the order of blockNumbers. */
export function pool(repeats: readonly (readonly Block[])[]): Sample {
  const all = repeats
    .flat()
    .flatMap(({ values }, block) => values.map((value) => ({ ...value, block })))
    .sort((a, b) => a.milliseconds - b.milliseconds);
  return {
    milliseconds: Float64Array.from(all, (value) => value.milliseconds),
    counts: Uint32Array.from(all, (value) => value.count),
    blocks: Uint32Array.from(all, (value) => value.block),
    n: all.reduce((sum, value) => sum + value.count, 0),
  };
}

/** A quantile is meaningful only if at least ten values lie beyond it. */
export const enough = (n: number, q: number): boolean => n * (1 - q) >= 10 - 1e-9;

/** Nearest rank: the smallest value such that at least the share q of all values does not exceed it. NaN for an empty sample. */
export function quantile(sample: Sample, q: number, weights?: Weights): number {
  const weight = (index: number): number => (sample.counts[index] ?? 0) * (weights?.[sample.blocks[index] ?? 0] ?? 1);
  let total = weights === undefined ? sample.n : 0;
  if (weights !== undefined) for (let index = 0; index < sample.counts.length; index++) total += weight(index);
  const rank = Math.max(1, Math.ceil(q * total - 1e-9));
  let seen = 0;
  for (let index = 0; index < sample.counts.length; index++) {
    seen += weight(index);
    if (seen >= rank) return sample.milliseconds[index] ?? Number.NaN;
  }
  return Number.NaN;
}

/**
 * Two-stage bootstrap (Davison and Hinkley 1997, section 3.8): repeats are drawn with replacement, and within each of them the one-second
 * blocks, which keeps values together that correlate within a second. All arms are resampled with the same draws, because they replayed the
 * same arrivals: a ratio of two arms is then an estimate from pairs.
 * @param shape the number of blocks in each repeat
 */
export function resample(shape: readonly number[], draws: number, seed: number): readonly Weights[] {
  const next = random(seed, shape.length);
  const firsts = shape.map((_, index) => shape.slice(0, index).reduce((sum, size) => sum + size, 0));
  const blocks = shape.reduce((sum, size) => sum + size, 0);
  return Array.from({ length: draws }, () => {
    const weights = new Uint32Array(blocks);
    for (let drawn = 0; drawn < shape.length; drawn++) {
      const repeat = Math.floor(next() * shape.length);
      const size = shape[repeat] ?? 0;
      for (let block = 0; block < size; block++) {
        const chosen = (firsts[repeat] ?? 0) + Math.floor(next() * size);
        weights[chosen] = (weights[chosen] ?? 0) + 1;
      }
    }
    return weights;
  });
}

/** A statistic of the sample itself, and the range of 95 % of the resampled values. */
export function estimateOf(statistic: (weights?: Weights) => number, draws: readonly Weights[]): Estimate {
  const value = statistic();
  const values = draws
    .map((weights) => statistic(weights))
    .filter(Number.isFinite)
    .sort((a, b) => a - b);
  const at = (q: number): number => values[Math.floor(q * (values.length - 1))] ?? value;
  return { value, low: at(0.025), high: at(0.975) };
}
