// How long requests took, by level and by how many were in the application when they came to it: exactly below eight, then four bins to the
// octave. From this curve follows the knee. Below it a request takes as long as it takes alone; above it, in proportion to their number.

const binCount = 40;
const levelCount = 8;
/** With so many samples of a level, a bin takes no more: what comes later is compared with them. */
const most = 512;
/** Samples on each side of a comparison. */
export const enough = 28;
/** The upper side of a comparison begins at so much of its end, and the lower one is between these. */
export const high = 0.7;
const low = { from: 0.3, to: 0.67 } as const;
/** A knee not further above the lower side than this may as well be below it. */
const flat = 1.4;

/** Where the knee is. `beyond`: at least there; `below`: at most there, and no requests were seen at half of that. */
export type Knee =
  | { readonly kind: "found" | "beyond" | "below"; readonly at: number; readonly top: number }
  | { readonly kind: "unknown" };

function binOf(inFlight: number): number {
  if (inFlight < 8) return inFlight;
  const octave = 31 - Math.clz32(inFlight);
  return Math.min(binCount - 1, 8 + (octave - 3) * 4 + ((inFlight >> (octave - 2)) & 3));
}

/** The least number in flight of the bin. */
function leastOf(bin: number): number {
  return bin < 8 ? bin : (4 + ((bin - 8) & 3)) << (1 + ((bin - 8) >> 2));
}

/** The mean of the least and the greatest. */
function middleOf(bin: number): number {
  return (leastOf(bin) + leastOf(bin + 1) - 1) / 2;
}

export class Curve {
  readonly #counts = new Float64Array(levelCount * binCount);
  readonly #sums = new Float64Array(levelCount * binCount);

  add(level: number, inFlight: number, took: number): void {
    const at = level * binCount + binOf(inFlight);
    this.#counts[at]! += 1;
    this.#sums[at]! += took;
  }
  /** Adds the samples of another curve where there are too few. */
  merge(other: Curve): void {
    for (let at = 0; at < this.#counts.length; at++) {
      if (this.#counts[at]! >= most) continue;
      this.#counts[at]! += other.#counts[at]!;
      this.#sums[at]! += other.#sums[at]!;
    }
  }
  /** How many times longer another curve's requests took; 1 if too few are comparable. */
  ratio(other: Curve): number {
    let [count, took, expected] = [0, 0, 0];
    for (let at = 0; at < this.#counts.length; at++) {
      if (this.#counts[at]! < enough / 2) continue;
      count += other.#counts[at]!;
      took += other.#sums[at]!;
      expected += (other.#counts[at]! * this.#sums[at]!) / this.#counts[at]!;
    }
    return count < enough / 2 ? 1 : took / expected;
  }
  clear(): void {
    this.#counts.fill(0);
    this.#sums.fill(0);
  }
  knee(limit: number): Knee {
    const highest = this.count(limit * high, limit) >= enough ? limit : this.#top();
    if (highest === 0) return { kind: "unknown" };
    let upper = highest;
    let before = 0;
    for (;;) {
      const slowdown = this.#slowdown(upper);
      if (slowdown === 0) return { kind: "below", at: upper, top: highest };
      const at = this.#middle(upper * high, upper) / slowdown;
      const lower = this.#middle(upper * low.from, upper * low.to);
      if (at > lower * flat || lower <= 1) {
        const isBeyond = at >= upper * 0.9;
        if (isBeyond && upper < highest) return { kind: "found", at: Math.max(upper, before), top: highest };
        return { kind: isBeyond ? "beyond" : "found", at, top: highest };
      }
      before = at;
      upper = Math.ceil(lower);
    }
  }
  /** How many samples there are between two numbers in flight. */
  count(from: number, to: number): number {
    let count = 0;
    for (let level = 0; level < levelCount; level++) count += this.#of(level, from, to).count;
    return count;
  }
  /** The highest number in flight that has enough samples together with those a little below; 0 if none has. */
  #top(): number {
    for (let bin = binCount - 1; bin > 0; bin--) {
      const upper = leastOf(bin);
      if (this.count(upper * high, upper) >= enough) return upper;
    }
    return 0;
  }
  /** The mean number in flight of the samples between two; 0 if there are none. */
  #middle(from: number, to: number): number {
    let [count, sum] = [0, 0];
    for (let level = 0; level < levelCount; level++) {
      const of = this.#of(level, from, to);
      count += of.count;
      sum += of.inFlight;
    }
    return count === 0 ? 0 : sum / count;
  }
  /** How many times longer requests take at `upper` than at half of that, each level compared with itself; 0 if too few were seen. */
  #slowdown(upper: number): number {
    let [weights, above, below] = [0, 0, 0];
    for (let level = 0; level < levelCount; level++) {
      const [most, half] = [this.#of(level, upper * high, upper), this.#of(level, upper * low.from, upper * low.to)];
      if (most.count === 0 || half.count === 0) continue;
      const weight = (most.count * half.count) / (most.count + half.count);
      weights += weight;
      above += weight * (most.sum / most.count);
      below += weight * (half.sum / half.count);
    }
    return weights < enough / 2 ? 0 : above / below;
  }
  #of(
    level: number,
    from: number,
    to: number,
  ): { readonly count: number; readonly sum: number; readonly inFlight: number } {
    let [count, sum, inFlight] = [0, 0, 0];
    for (let bin = 1; bin < binCount; bin++) {
      const least = leastOf(bin);
      if (least < from || least > to) continue;
      const at = level * binCount + bin;
      count += this.#counts[at]!;
      sum += this.#sums[at]!;
      inFlight += this.#counts[at]! * middleOf(bin);
    }
    return { count, sum, inFlight };
  }
}
