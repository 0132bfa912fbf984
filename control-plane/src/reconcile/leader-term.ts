// Creates one reconciler for each term in which this replica leads. A new term remembers nothing, because another replica may have led and
// written meanwhile.
import type { Plan } from "../core/plan.ts";
import type { ProxyState } from "../core/proxy-state.ts";
import { Reconciler, type ReconcilerOptions, resync } from "./reconciler.ts";

type Term = { readonly reconciler: Reconciler; readonly end: () => void };

export class LeaderTerms {
  readonly #options: ReconcilerOptions;
  readonly #wake: () => void;
  #term: Term | undefined;
  /** Resolves once the last term's writes are over. */
  #ending: Promise<void> | undefined;

  constructor(options: ReconcilerOptions, wake: () => void) {
    this.#options = options;
    this.#wake = wake;
  }

  /** @returns milliseconds until the next reconcile, unless something wakes the controller earlier */
  reconcile(): number {
    if (!this.#options.isLeader()) {
      this.#end();
      return resync;
    }
    if (this.#ending !== undefined) return resync;
    this.#term ??= this.#begin();
    return this.#term.reconciler.reconcile();
  }

  plan(): Plan | undefined {
    return this.#term?.reconciler.plan();
  }

  /** Undefined if this replica does not lead, or has not polled istiod yet. */
  proxies(): readonly ProxyState[] | undefined {
    return this.#term?.reconciler.proxies();
  }

  /** Resolves once no write is in progress. */
  async idle(): Promise<void> {
    await Promise.all([this.#term?.reconciler.idle(), this.#ending]);
  }

  #begin(): Term {
    let isOver = false;
    const isLeader = (): boolean => !isOver && this.#options.isLeader();
    return {
      reconciler: new Reconciler({ ...this.#options, isLeader }, this.#wake),
      end: () => {
        isOver = true;
      },
    };
  }

  #end(): void {
    if (this.#term === undefined) return;
    const { reconciler, end } = this.#term;
    end();
    this.#term = undefined;
    this.#ending = reconciler.idle().then(() => {
      this.#ending = undefined;
      this.#wake();
    });
  }
}
