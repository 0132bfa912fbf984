// How long requests took, by level and by how many were in the application when they came to it: exactly below eight, then four bins to the
// octave. From this curve follows the knee. Below it a request takes as long as it takes alone; above it, in proportion to their number.

const binCount: i32 = 40;
/** The same as maxLevels of filter/config/schema.ts. */
const levelCount: i32 = 8;
/** A count and a sum. */
const binSize: i32 = 16;
const curveSize: i32 = levelCount * binCount * binSize;

/** What is kept of the samples each time that others are added. */
const kept: f64 = 0.95;
/** Samples on each side of a comparison. */
const enough: f64 = 28;
/** The upper side of a comparison begins at so much of its end, and the lower one is between these. */
const high: f64 = 0.7;
const lowFrom: f64 = 0.3;
const lowTo: f64 = 0.67;
/** A knee not further above the lower side than this may as well be below it. */
const flat: f64 = 1.4;

function binOf(inFlight: u32): i32 {
  if (inFlight < 8) return inFlight;
  const octave = 31 - clz(inFlight);
  return min(binCount - 1, 8 + (octave - 3) * 4 + ((inFlight >> (octave - 2)) & 3));
}

/** The least number in flight of the bin. */
function leastOf(bin: i32): f64 {
  return <f64>(bin < 8 ? bin : (4 + ((bin - 8) & 3)) << (1 + ((bin - 8) >> 2)));
}

/** The mean of the least and the greatest. */
function middleOf(bin: i32): f64 {
  return (leastOf(bin) + leastOf(bin + 1) - 1) / 2;
}

/** Of the samples of a level between two numbers in flight: how many, how long they took, and the sum of the numbers in flight. */
let count: f64 = 0;
let sum: f64 = 0;
let numbers: f64 = 0;

@unmanaged
export class Curve {
  @inline count(at: i32): f64 {
    return load<f64>(changetype<usize>(this) + <usize>(at * binSize));
  }

  @inline sum(at: i32): f64 {
    return load<f64>(changetype<usize>(this) + <usize>(at * binSize), 8);
  }

  @inline set(at: i32, samples: f64, took: f64): void {
    store<f64>(changetype<usize>(this) + <usize>(at * binSize), samples);
    store<f64>(changetype<usize>(this) + <usize>(at * binSize), took, 8);
  }

  add(level: i32, inFlight: u32, took: f64): void {
    const at = level * binCount + binOf(inFlight);
    this.set(at, this.count(at) + 1, this.sum(at) + took);
  }

  /** Adds the samples of another curve; what was there before counts less. */
  merge(other: Curve): void {
    for (let at = 0; at < levelCount * binCount; at++)
      this.set(at, this.count(at) * kept + other.count(at), this.sum(at) * kept + other.sum(at));
  }

  /** How many times longer another curve's requests took; 1 if too few are comparable. */
  ratio(other: Curve): f64 {
    let samples: f64 = 0;
    let took: f64 = 0;
    let expected: f64 = 0;
    for (let at = 0; at < levelCount * binCount; at++) {
      if (this.count(at) < enough / 2) continue;
      samples += other.count(at);
      took += other.sum(at);
      expected += (other.count(at) * this.sum(at)) / this.count(at);
    }
    return samples < enough / 2 || expected == 0 ? 1 : took / expected;
  }

  clear(): void {
    memory.fill(changetype<usize>(this), 0, curveSize);
  }

  /** Where the knee is; 0 if that can't be said, or if it is not below the highest numbers that were seen. */
  knee(limit: u32): f64 {
    const highest = this.samples(<f64>limit * high, limit) >= enough ? <f64>limit : this.top();
    let upper = highest;
    let before: f64 = 0;
    while (upper > 0) {
      const slowdown = this.slowdown(upper);
      if (slowdown == 0) return 0;
      const at = this.middle(upper * high, upper) / slowdown;
      const lower = this.middle(upper * lowFrom, upper * lowTo);
      if (at > lower * flat || lower <= 1) {
        if (at < upper * 0.9) return at;
        return upper < highest ? max(upper, before) : 0;
      }
      before = at;
      upper = ceil(lower);
    }
    return 0;
  }

  /** How many samples there are between two numbers in flight. */
  private samples(from: f64, to: f64): f64 {
    let samples: f64 = 0;
    for (let level = 0; level < levelCount; level++) {
      this.between(level, from, to);
      samples += count;
    }
    return samples;
  }

  /** The highest number in flight that has enough samples together with those a little below; 0 if none has. */
  private top(): f64 {
    for (let bin = binCount - 1; bin > 0; bin--) {
      const upper = leastOf(bin);
      if (this.samples(upper * high, upper) >= enough) return upper;
    }
    return 0;
  }

  /** The mean number in flight of the samples between two; 0 if there are none. */
  private middle(from: f64, to: f64): f64 {
    let samples: f64 = 0;
    let inFlight: f64 = 0;
    for (let level = 0; level < levelCount; level++) {
      this.between(level, from, to);
      samples += count;
      inFlight += numbers;
    }
    return samples == 0 ? 0 : inFlight / samples;
  }

  /** How many times longer requests take at `upper` than at half of that, each level compared with itself; 0 if too few were seen. */
  private slowdown(upper: f64): f64 {
    let weights: f64 = 0;
    let above: f64 = 0;
    let below: f64 = 0;
    for (let level = 0; level < levelCount; level++) {
      this.between(level, upper * high, upper);
      const most = count;
      const mostTook = sum;
      this.between(level, upper * lowFrom, upper * lowTo);
      if (most == 0 || count == 0) continue;
      const weight = (most * count) / (most + count);
      weights += weight;
      above += weight * (mostTook / most);
      below += weight * (sum / count);
    }
    return weights < enough / 2 || below == 0 ? 0 : above / below;
  }

  private between(level: i32, from: f64, to: f64): void {
    count = 0;
    sum = 0;
    numbers = 0;
    for (let bin = 1; bin < binCount; bin++) {
      const least = leastOf(bin);
      if (least < from || least > to) continue;
      const at = level * binCount + bin;
      count += this.count(at);
      sum += this.sum(at);
      numbers += this.count(at) * middleOf(bin);
    }
  }
}

export const curve: Curve = changetype<Curve>(memory.data(curveSize, 8));
/** What came since the curve was evaluated. */
export const recent: Curve = changetype<Curve>(memory.data(curveSize, 8));
