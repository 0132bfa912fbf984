// Runs writes by key: at most one per key at a time, and a limited number in total. A key whose write failed waits before it is due again.
import pLimit from "p-limit";
import type { Clock } from "../reconcile/clock.ts";
import { minutesUntilRecheck, WriteError } from "../reconcile/write-error.ts";

/** Milliseconds after the first, the second … consecutive failure. */
const backOff = [500, 1_000, 2_000, 5_000, 10_000, 30_000] as const;
/** Milliseconds after a terminal failure. */
const terminalPause = minutesUntilRecheck * 60_000;
/** Number of concurrent writes; the API server's own limits order the rest. */
const concurrency = 16;

export type Failure = { readonly why: string; readonly isTerminal: boolean };

type Failed = Failure & { readonly count: number; readonly until: number };

export class WorkQueue {
  readonly #clock: Clock;
  readonly #done: () => void;
  readonly #busy = new Map<string, Promise<void>>();
  readonly #failures = new Map<string, Failed>();
  readonly #limit = pLimit(concurrency);

  /** `done`: called after each write. */
  constructor(clock: Clock, done: () => void) {
    this.#clock = clock;
    this.#done = done;
  }

  /** Milliseconds until a write may start: 0 now, undefined while one is in progress. */
  wait(key: string): number | undefined {
    if (this.#busy.has(key)) return undefined;
    return Math.max(0, (this.#failures.get(key)?.until ?? 0) - this.#clock.now());
  }

  /** Why the last write failed; undefined if it did not. */
  failure(key: string): Failure | undefined {
    return this.#failures.get(key);
  }

  /** Forgets the failures of keys that are gone. */
  keep(isThere: (key: string) => boolean): void {
    for (const key of this.#failures.keys()) if (!isThere(key)) this.#failures.delete(key);
  }

  /** To be called when something else is wanted, which may succeed at once. */
  forget(key: string): void {
    this.#failures.delete(key);
  }

  start(key: string, write: () => Promise<void>): void {
    const under = this.#limit(write).then(
      () => this.#failures.delete(key),
      (error: Error) => this.#fail(key, error),
    );
    const over = under.then(() => {
      this.#busy.delete(key);
      this.#done();
    });
    this.#busy.set(key, over);
  }

  /** Resolves once nothing is in progress. */
  async idle(): Promise<void> {
    await Promise.all(this.#busy.values());
  }

  #fail(key: string, error: Error): void {
    const count = (this.#failures.get(key)?.count ?? 0) + 1;
    const { isTerminal, retryAfterMillis } = error instanceof WriteError ? error : new WriteError(error.message);
    const pause = isTerminal ? terminalPause : backOff[Math.min(count, backOff.length) - 1]!;
    const until = this.#clock.now() + Math.max(pause, retryAfterMillis);
    this.#failures.set(key, { count, until, why: error.message, isTerminal });
  }
}
