// In: proxies whose filter's metrics are due. Out: they are asked for beside the looks: one that can't be reached takes seconds to say so.
import type { Clock } from "../reconcile/clock.ts";
import type { Mesh } from "../reconcile/ports.ts";
import type { ExpectedConfig } from "./expected-config.ts";
import type { FilterHealthTracker } from "./filter-health.ts";

/** `address`: of the pod; absent where there is none: a proxy outside of the cluster can't be asked. */
export type Asked = { readonly address?: string | undefined; readonly expected: ExpectedConfig };

export type ProbeParts = {
  readonly mesh: Pick<Mesh, "filter">;
  readonly filterHealth: FilterHealthTracker;
  readonly clock: Clock;
  /** When all that was due is known. */
  readonly done: () => void;
};

/** Requests at a time. */
const atOnce = 16;
/** Milliseconds for which a look waits: most answer at once, and then are part of what is said after it. */
const longest = 200;

export class Probe {
  readonly #parts: ProbeParts;
  readonly #queue = new Map<string, Asked>();
  readonly #busy = new Set<string>();
  #over: Promise<void> | undefined;

  constructor(parts: ProbeParts) {
    this.#parts = parts;
  }

  /** By proxy. Resolves when all is known, or after a moment. */
  async feel(due: readonly (readonly [string, Asked | undefined])[]): Promise<void> {
    for (const [proxy, asked] of due) if (asked !== undefined && !this.#busy.has(proxy)) this.#queue.set(proxy, asked);
    if (this.#queue.size === 0) return;
    const { clock, done } = this.#parts;
    const workers = Array.from({ length: atOnce - this.#busy.size }, () => this.#work());
    const all = Promise.all([this.#over, ...workers]).then(() => {
      if (this.#over !== all) return;
      this.#over = undefined;
      done();
    });
    this.#over = all;
    const known = new AbortController();
    await Promise.race([all, clock.sleep(longest, known.signal)]);
    known.abort("known");
  }

  async #work(): Promise<void> {
    const { mesh, filterHealth, clock } = this.#parts;
    for (let next = this.#next(); next !== undefined; next = this.#next()) {
      const [proxy, { address, expected }] = next;
      this.#busy.add(proxy);
      const sample = address === undefined ? undefined : await mesh.filter(address);
      this.#busy.delete(proxy);
      filterHealth.took(proxy, expected, sample, clock.now() / 1000);
    }
  }

  #next(): [string, Asked] | undefined {
    const [first] = this.#queue;
    if (first !== undefined) this.#queue.delete(first[0]);
    return first;
  }
}
