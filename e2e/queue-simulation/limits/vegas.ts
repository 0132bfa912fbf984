// VegasLimit of Netflix's concurrency-limits with its defaults, after TCP Vegas (Brakmo, Peterson 1995): requests in the application's own
// queue are limit × (1 − shortest time / time), and the limit follows them between two bounds.
// https://github.com/Netflix/concurrency-limits
import { bounds, type Limit, type Occupancy, type Sample } from "./limit.ts";

/** The shortest time is forgotten after so many times the limit's requests, and jitter of half of that. */
const probeMultiplier = 30;

export class Vegas implements Limit {
  #estimate = 20;
  #shortest = 0;
  #since = 0;
  #jitter = 0.75;
  readonly #random: () => number;
  constructor(random: () => number) {
    this.#random = random;
  }
  get limit(): number {
    return Math.floor(this.#estimate);
  }
  ended({ took }: Sample, { inFlight }: Occupancy): void {
    this.#since += 1;
    if (this.#since >= this.#jitter * probeMultiplier * this.#estimate) {
      this.#since = 0;
      this.#jitter = 0.5 + this.#random() / 2;
      this.#shortest = took;
    } else if (this.#shortest === 0 || took < this.#shortest) this.#shortest = took;
    else if (inFlight * 2 >= this.#estimate) this.#follow(took);
  }
  #follow(took: number): void {
    const queued = Math.ceil(this.#estimate * (1 - this.#shortest / took));
    const step = Math.max(1, Math.floor(Math.log10(this.#estimate)));
    let change = 0;
    if (queued <= step) change = 6 * step;
    else if (queued < 3 * step) change = step;
    else if (queued > 6 * step) change = -step;
    this.#estimate = Math.max(bounds.min, Math.min(bounds.max, this.#estimate + change));
  }
  tick(): void {
    // It follows each request.
  }
}
