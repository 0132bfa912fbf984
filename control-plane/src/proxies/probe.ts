// Reads the filter's metrics of proxies. An unreachable proxy takes seconds to fail, so a poll waits only for the quick ones.
import type { Clock } from "../reconcile/clock.ts";
import type { Mesh } from "../reconcile/ports.ts";
import type { ExpectedConfig } from "./expected-config.ts";
import type { FilterHealthTracker } from "./filter-health.ts";

/** `address`: the pod's; absent without a Pod: a proxy outside the cluster can't be reached. */
export type ProbeTarget = { readonly address?: string | undefined; readonly expected: ExpectedConfig };

export type ProbeParts = {
  readonly mesh: Pick<Mesh, "filter">;
  readonly filterHealth: FilterHealthTracker;
  readonly clock: Clock;
  /** Called when everything that was due is known. */
  readonly done: () => void;
};

/** Number of concurrent requests. */
const concurrency = 16;
/** Milliseconds for which a poll waits. Most proxies answer sooner, and their answers count for this poll. */
const longest = 200;

export class Probe {
  readonly #parts: ProbeParts;
  readonly #queue = new Map<string, ProbeTarget>();
  readonly #busy = new Set<string>();
  #over: Promise<void> | undefined;

  constructor(parts: ProbeParts) {
    this.#parts = parts;
  }

  /** `due`: by proxy. Resolves when everything is known, or after a short time. */
  async probe(due: readonly (readonly [string, ProbeTarget | undefined])[]): Promise<void> {
    for (const [proxy, target] of due)
      if (target !== undefined && !this.#busy.has(proxy)) this.#queue.set(proxy, target);
    if (this.#queue.size === 0) return;
    const { clock, done } = this.#parts;
    const workers = Array.from({ length: concurrency - this.#busy.size }, () => this.#work());
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
      filterHealth.record({ proxy, expected, sample, seconds: clock.now() / 1000 });
    }
  }

  #next(): [string, ProbeTarget] | undefined {
    const [first] = this.#queue;
    if (first !== undefined) this.#queue.delete(first[0]);
    return first;
  }
}
