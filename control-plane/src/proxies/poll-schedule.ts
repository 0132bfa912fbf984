// Decides when to poll istiod: often while a namespace has not settled after a change, otherwise seldom.
import type { Clock } from "../reconcile/clock.ts";

/** Milliseconds after which a change no longer influences the interval. */
const recent = 30_000;
/** Milliseconds between polls of namespaces whose last change is younger than `until`. */
const paces = [
  { until: 4_000, every: 70 },
  { until: recent, every: 500 },
  { until: Number.POSITIVE_INFINITY, every: 5_000 },
] as const;
/** The pause after a poll of some namespaces, in multiples of its duration. */
const partialRest = 3;
/** The same after a poll of all proxies, so that an idle controller costs istiod little; bounded, in milliseconds. */
const fullRest = { times: 200, least: 5_000, most: 60_000 } as const;

export class PollSchedule {
  readonly #clock: Clock;
  readonly #changedAt = new Map<string, number>();
  #polledAt = Number.NEGATIVE_INFINITY;
  #took = 0;
  #fullAt = Number.NEGATIVE_INFINITY;
  #fullTook = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** To be called when something changed in a namespace. */
  changed(namespace: string): void {
    const now = this.#clock.now();
    for (const [known, at] of this.#changedAt) if (now - at > recent) this.#changedAt.delete(known);
    this.#changedAt.set(namespace, now);
  }

  /** Whether all proxies have been polled once. */
  hasPolled(): boolean {
    return this.#fullAt > Number.NEGATIVE_INFINITY;
  }

  /** To be called after a poll, which took `took` milliseconds. */
  polled(isFull: boolean, took: number): void {
    this.#polledAt = this.#clock.now();
    this.#took = took;
    if (!isFull) return;
    this.#fullAt = this.#polledAt;
    this.#fullTook = took;
  }

  /** @returns milliseconds until the next poll, 0 for now, and whether it asks for all proxies */
  next(unsettled: ReadonlySet<string>): { readonly wait: number; readonly isFull: boolean } {
    const now = this.#clock.now();
    const pause = Math.min(Math.max(this.#fullTook * fullRest.times, fullRest.least), fullRest.most);
    const full = Math.max(0, this.#fullAt + pause - now);
    const ages = [...unsettled].map((namespace) => now - (this.#changedAt.get(namespace) ?? 0));
    const pace = paces.find(({ until }) => Math.min(...ages) < until)?.every ?? 5_000;
    const every = Math.max(pace, this.#took * partialRest);
    const partial = unsettled.size === 0 ? Number.POSITIVE_INFINITY : Math.max(0, this.#polledAt + every - now);
    return full <= partial ? { wait: full, isFull: true } : { wait: partial, isFull: false };
  }
}
