// In: whether this replica leads. Out: turns, with a memory of its own for each term: meanwhile another may have led, and all that was seen is old.
import type { Plan } from "../core/plan.ts";
import type { ProxyState } from "../proxies/proxy-state.ts";
import { idle, Reconciler, type ReconcilerOptions } from "./reconciler.ts";

export class LeaderTerms {
  readonly #options: ReconcilerOptions;
  readonly #wake: () => void;
  #term: { readonly turn: Reconciler; readonly end: () => void } | undefined;
  /** Of the last term: writes that are under way. */
  #ending: Promise<void> | undefined;

  constructor(options: ReconcilerOptions, wake: () => void) {
    this.#options = options;
    this.#wake = wake;
  }

  /** @returns milliseconds until the next turn, unless something wakes the loop before */
  take(): number {
    if (!this.#options.isLeader()) {
      this.#end();
      return idle;
    }
    if (this.#ending !== undefined) return idle;
    this.#term ??= this.#begin();
    return this.#term.turn.take();
  }

  plan(): Plan | undefined {
    return this.#term?.turn.plan();
  }

  states(): readonly ProxyState[] | undefined {
    return this.#term?.turn.states();
  }

  /** Resolves when no write is under way. */
  async over(): Promise<void> {
    await Promise.all([this.#term?.turn.over(), this.#ending]);
  }

  #begin(): { readonly turn: Reconciler; readonly end: () => void } {
    let isOver = false;
    const isLeader = (): boolean => !isOver && this.#options.isLeader();
    const turn = new Reconciler({ ...this.#options, isLeader }, this.#wake);
    return {
      turn,
      end: () => {
        isOver = true;
      },
    };
  }

  #end(): void {
    if (this.#term === undefined) return;
    const { turn, end } = this.#term;
    end();
    this.#term = undefined;
    this.#ending = turn.over().then(() => {
      this.#ending = undefined;
      this.#wake();
    });
  }
}
