// Decides when to compute the desired state again: changes often come together, so it waits for a short quiet time, and a large mesh pauses
// between two computations.
import type { Clock } from "./clock.ts";

/** Milliseconds without a further change, and the maximum after the first: a storm of changes must not delay the work forever. */
const quiet = 50;
const longest = 500;

/** The pause after a computation, in multiples of its duration: in a large mesh, pods come and go all the time. */
const rest = 3;

export class Debounce {
  readonly #clock: Clock;
  #seen: number | undefined;
  #firstSeen = 0;
  #lastSeen = 0;
  #isComputed = false;
  #computedAt = Number.NEGATIVE_INFINITY;
  #took = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Milliseconds until the state of `revision` is due; 0 if it is due now or `computed` already. */
  wait(revision: number, computed: number | undefined): number {
    if (revision === computed) return 0;
    const now = this.#clock.now();
    if (revision !== this.#seen) {
      if (this.#isComputed || this.#seen === undefined) this.#firstSeen = now;
      this.#isComputed = false;
      this.#seen = revision;
      this.#lastSeen = now;
    }
    const collected = Math.min(this.#lastSeen + quiet, this.#firstSeen + longest);
    return Math.max(0, collected - now, this.#computedAt + this.#took * rest - now);
  }

  /** To be called when the desired state was computed, which took `took` milliseconds. */
  computed(took: number): void {
    this.#isComputed = true;
    this.#computedAt = this.#clock.now();
    this.#took = took;
  }
}
