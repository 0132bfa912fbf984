// In: what happens. Out: how long to hold off, and when to look at the mesh again: often while something is under way, seldom otherwise.
import type { Clock } from "./clock.ts";

/** Milliseconds. A change seldom comes alone; a storm of them must not hold the loop up for ever. */
const quiet = 50;
const longestHoldoff = 500;

/** Between two readings of the world, so many times as long as one takes: pods of a large mesh come and go all the time. */
const readingRest = 3;

/** Milliseconds. What happened so long ago has no influence on the pace. */
const stirring = 30_000;
/** Milliseconds between looks at namespaces that something happened to so long ago. */
const paces = [
  { until: 4_000, every: 70 },
  { until: stirring, every: 500 },
  { until: Number.POSITIVE_INFINITY, every: 5_000 },
] as const;
/** Between looks at a part of it: so many times as long as the last one took at least. */
const partlyRest = 3;

/** Between looks at the whole mesh: so many times as long as the last one took, so that an idle loop costs little; within bounds. */
const rest = { times: 200, least: 5_000, most: 60_000 } as const;

export class Schedule {
  readonly #clock: Clock;
  readonly #stirred = new Map<string, number>();
  #seen: number | undefined;
  #firstSeen = 0;
  #lastSeen = 0;
  #lookedAt = Number.NEGATIVE_INFINITY;
  #wholeAt = Number.NEGATIVE_INFINITY;
  #wholeTook = 0;
  #took = 0;
  #hasRead = false;
  #readAt = Number.NEGATIVE_INFINITY;
  #readTook = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Milliseconds until the world of `revision` is to be read; 0: now, or it was. */
  holdoff(revision: number, read: number | undefined): number {
    if (revision === read) return 0;
    const now = this.#clock.now();
    if (revision !== this.#seen) {
      if (this.#hasRead || this.#seen === undefined) this.#firstSeen = now;
      this.#hasRead = false;
      this.#seen = revision;
      this.#lastSeen = now;
    }
    const collected = Math.min(this.#lastSeen + quiet, this.#firstSeen + longestHoldoff);
    return Math.max(0, collected - now, this.#readAt + this.#readTook * readingRest - now);
  }

  /** The world was read, which took `took`. */
  read(took: number): void {
    this.#hasRead = true;
    this.#readAt = this.#clock.now();
    this.#readTook = took;
  }

  /** Something changed in a namespace. */
  stir(namespace: string): void {
    const now = this.#clock.now();
    for (const [known, at] of this.#stirred) if (now - at > stirring) this.#stirred.delete(known);
    this.#stirred.set(namespace, now);
  }

  hasLooked(): boolean {
    return this.#wholeAt > Number.NEGATIVE_INFINITY;
  }

  looked(isWhole: boolean, took: number): void {
    this.#lookedAt = this.#clock.now();
    this.#took = took;
    if (!isWhole) return;
    this.#wholeAt = this.#lookedAt;
    this.#wholeTook = took;
  }

  /** @returns milliseconds until the next look, 0 for now, and whether it is one at all proxies */
  look(unsettled: ReadonlySet<string>): { readonly wait: number; readonly isWhole: boolean } {
    const now = this.#clock.now();
    const pause = Math.min(Math.max(this.#wholeTook * rest.times, rest.least), rest.most);
    const whole = Math.max(0, this.#wholeAt + pause - now);
    const ages = [...unsettled].map((namespace) => now - (this.#stirred.get(namespace) ?? 0));
    const pace = paces.find(({ until }) => Math.min(...ages) < until)?.every ?? 5_000;
    const every = Math.max(pace, this.#took * partlyRest);
    const partly = unsettled.size === 0 ? Number.POSITIVE_INFINITY : Math.max(0, this.#lookedAt + every - now);
    return whole <= partly ? { wait: whole, isWhole: true } : { wait: partly, isWhole: false };
  }
}
