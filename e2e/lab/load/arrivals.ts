// Decides when the requests of one class are sent. Every arm of a repeat has the same arrivals.
import { random } from "../../measure/random.ts";

export interface ArrivalOptions {
  /** Identifies the sequence: the run's seed, the repeat, the class and so on. */
  readonly seed: readonly number[];
  /** Mean rate λ, requests per second. */
  readonly rps: number;
  /** Seconds whose arrivals are sent but do not count. */
  readonly warmUp: number;
  /** Number of arrivals after the warm-up, which count. */
  readonly count: number;
}

export interface Arrivals {
  /** Seconds from the start, ascending. */
  readonly at: readonly number[];
  /** Index of the first arrival that counts. */
  readonly first: number;
}

/** Inter-arrival times are uniform on [0, 2/λ], as in section 4.3 of the paper. */
export function arrivals({ seed, rps, warmUp, count }: ArrivalOptions): Arrivals {
  const next = random(...seed);
  const at: number[] = [];
  let first = 0;
  for (let time = 0; at.length < first + count; ) {
    time += (next() * 2) / rps;
    if (time < warmUp) first++;
    at.push(time);
  }
  return { at, first };
}
