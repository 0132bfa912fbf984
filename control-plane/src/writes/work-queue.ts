// In: writes, each of an object. Out: they are under way, at most one of an object at a time; one that is refused makes its object wait longer each time.
import type { Clock } from "../reconcile/clock.ts";

/** Milliseconds after the first, the second … write that failed in a row. */
const afterFailure = [500, 1_000, 2_000, 5_000, 10_000, 30_000] as const;
/** Writes at a time; the API server's own limits order the rest. */
const atOnce = 16;

type Failure = { readonly count: number; readonly until: number; readonly why: string };

export class WorkQueue {
  readonly #clock: Clock;
  readonly #done: () => void;
  readonly #busy = new Map<string, Promise<void>>();
  readonly #failures = new Map<string, Failure>();
  readonly #queue: (() => void)[] = [];
  #running = 0;

  /** `done`: after each write. */
  constructor(clock: Clock, done: () => void) {
    this.#clock = clock;
    this.#done = done;
  }

  /** Milliseconds until a write may start: 0 now, undefined while one is under way. */
  pause(lane: string): number | undefined {
    if (this.#busy.has(lane)) return undefined;
    return Math.max(0, (this.#failures.get(lane)?.until ?? 0) - this.#clock.now());
  }

  /** Why the last write failed; undefined where it did not. */
  failure(lane: string): string | undefined {
    return this.#failures.get(lane)?.why;
  }

  /** Forgets what failed in lanes that are gone. */
  keep(isThere: (lane: string) => boolean): void {
    for (const lane of this.#failures.keys()) if (!isThere(lane)) this.#failures.delete(lane);
  }

  /** Something else is wanted: it may go well at once. */
  forgive(lane: string): void {
    this.#failures.delete(lane);
  }

  start(lane: string, write: () => Promise<void>): void {
    const under = this.#limited(write).then(
      () => this.#failures.delete(lane),
      (error: Error) => this.#fail(lane, error.message),
    );
    const over = under.then(() => {
      this.#busy.delete(lane);
      this.#done();
    });
    this.#busy.set(lane, over);
  }

  /** Resolves when nothing is under way. */
  async idle(): Promise<void> {
    await Promise.all(this.#busy.values());
  }

  #fail(lane: string, why: string): void {
    const count = (this.#failures.get(lane)?.count ?? 0) + 1;
    const millis = afterFailure[Math.min(count, afterFailure.length) - 1]!;
    this.#failures.set(lane, { count, until: this.#clock.now() + millis, why });
  }

  async #limited(write: () => Promise<void>): Promise<void> {
    if (this.#running >= atOnce) await new Promise<void>((resolve) => this.#queue.push(resolve));
    this.#running++;
    try {
      await write();
    } finally {
      this.#running--;
      this.#queue.shift()?.();
    }
  }
}
