// A clock that stands still until a test advances it: timers are ordered, and everything that one moment triggers ends before the next.
import type { Clock } from "../../src/reconcile/clock.ts";

type Timer = { readonly at: number; readonly order: number; readonly run: () => void };

export class VirtualClock implements Clock {
  #time = 0;
  #order = 0;
  #timers: Timer[] = [];

  readonly now = (): number => this.#time;
  readonly date = (): Date => new Date(Date.UTC(2026, 0, 1) + this.#time);

  /** Calls `run` after `millis`. @returns a function that cancels it */
  after(millis: number, run: () => void): () => void {
    const timer = { at: this.#time + Math.max(0, millis), order: this.#order++, run };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer);
    };
  }

  readonly sleep = (millis: number, signal?: AbortSignal): Promise<void> =>
    new Promise((resolve) => {
      if (signal?.aborted) return resolve();
      const cancel = this.after(millis, resolve);
      signal?.addEventListener("abort", () => {
        cancel();
        resolve();
      });
    });

  /** Advances the clock by `millis`. */
  async pass(millis: number): Promise<void> {
    const end = this.#time + millis;
    for (;;) {
      // Promises that this moment settles may settle others.
      await new Promise((resolve) => setImmediate(resolve));
      let first: Timer | undefined;
      for (const timer of this.#timers)
        if (first === undefined || timer.at < first.at || (timer.at === first.at && timer.order < first.order))
          first = timer;
      if (first === undefined || first.at > end) break;
      this.#timers.splice(this.#timers.indexOf(first), 1);
      this.#time = first.at;
      first.run();
    }
    this.#time = end;
  }

  /** Advances the clock until the condition is true. @returns the milliseconds that it took. @throws after `longest` */
  async until(question: () => boolean, longest: number, what = String(question)): Promise<number> {
    const start = this.#time;
    while (!question()) {
      if (this.#time - start > longest) throw new Error(`not within ${longest} ms: ${what}`);
      await this.pass(10);
    }
    return this.#time - start;
  }
}
