// The limit of a RequestQueue that adapts (docs/adr/0047-the-adaptive-limit.md): 1.4 times the knee of the curve of response
// times. A limit above the knee costs order only, and one below it throughput; so it begins at its maximum, and is lowered only where that
// has cost no throughput.
import { Curve, enough, high } from "./curve.ts";
import { bounds, type Limit, type Occupancy, type Sample } from "./limit.ts";

/** The limit, as a multiple of the knee. */
const headroom = 1.4;
/** The limit is not lowered by less than this, because samples vary. */
const tolerance = 1.25;
/** The limit is set anew after so many requests, or twice as many as there are in the application, if that is more. */
const evaluated = 40;
/** If twice in turn they took so many times longer than others before, or shorter, the application has changed. */
const changed = 1.4;

export class Adaptive implements Limit {
  readonly #curve = new Curve();
  /** What came since the limit was set. */
  readonly #recent = new Curve();
  #standing: number = bounds.max;
  /** The limit while half of it is tried; 0: it is not. */
  #trial = 0;
  #new = 0;
  /** Whether the last requests took longer (1), or shorter (-1), than expected. */
  #off = 0;
  /** Requests that were let through before do not count. */
  #since = 0;

  get limit(): number {
    return this.#trial > 0 ? this.#trial : this.#standing;
  }
  ended({ now, level, inFlight, took }: Sample): void {
    if (now - took < this.#since) return;
    this.#recent.add(level, inFlight, took);
    this.#new += 1;
  }
  tick({ now, inFlight, waiting }: Occupancy): void {
    const isFull = waiting > 0 && inFlight >= this.limit;
    if (waiting === 0) this.#trial = 0;
    if (this.#new < Math.max(evaluated, 2 * inFlight)) return;
    this.#new = 0;
    const ratio = this.#curve.ratio(this.#recent);
    const off = ratio > changed ? 1 : ratio < 1 / changed ? -1 : 0;
    if (off === 0) this.#curve.merge(this.#recent);
    this.#recent.clear();
    if (off !== 0 && off === this.#off) this.#forget(now);
    this.#off = off;
    if (off === 0) this.#evaluate(isFull);
  }
  #forget(now: number): void {
    this.#curve.clear();
    this.#trial = 0;
    this.#since = now;
  }
  #evaluate(isFull: boolean): void {
    const knee = this.#curve.knee(this.#standing);
    if (knee.kind === "unknown") return;
    if (knee.kind === "found") {
      this.#trial = 0;
      this.#move(knee.at * headroom);
    } else if (knee.kind === "beyond") {
      this.#trial = 0;
      if (isFull && knee.at * tolerance >= this.#standing) this.#move(this.#standing * 2);
    } else {
      if (knee.at < knee.top) this.#standing = Math.max(bounds.min, Math.min(this.#standing, Math.ceil(knee.at)));
      this.#try(isFull);
    }
  }
  /** Tries half of the limit, once there are samples at the limit, and until there are at half of it. */
  #try(isFull: boolean): void {
    const half = Math.max(bounds.min, Math.ceil(this.#standing / 2));
    const isKnown = this.#curve.count(this.#standing * high, this.#standing) >= enough;
    const isDone = this.#curve.count(half * high, half) >= 2 * enough;
    this.#trial = isFull && isKnown && !isDone ? half : 0;
  }
  #move(to: number): void {
    const limit = Math.max(bounds.min, Math.min(bounds.max, Math.ceil(to)));
    const isFarBelow = limit * tolerance <= this.#standing && (limit + 1 < this.#standing || limit === 2);
    if (limit > this.#standing || isFarBelow) this.#standing = limit;
  }
}
