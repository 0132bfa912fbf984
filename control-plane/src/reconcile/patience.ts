// In: what each namespace waits for. Out: whether it waited long enough: a proxy that is cut off must not hold the others.
import type { Wait } from "./next.ts";

/** Milliseconds; then the next step comes all the same. */
export const patience = 10_000;
/** Where istiod itself does not answer, nothing is pushed to anybody either. */
export const patienceWithIstiod = 30_000;

export class Patience {
  readonly #waiting = new Map<string, { readonly what: string; readonly since: number }>();

  keep(isThere: (namespace: string) => boolean): void {
    for (const namespace of this.#waiting.keys()) if (!isThere(namespace)) this.#waiting.delete(namespace);
  }

  /** @returns milliseconds until it is over, 0 or less where it is; undefined where nothing is waited for */
  left(namespace: string, waits: readonly Wait[], isIstiodSilent: boolean, now: number): number | undefined {
    if (waits.length === 0) {
      this.#waiting.delete(namespace);
      return undefined;
    }
    // Time in which proxies refused, or nobody could be asked, is not time in which they were silent.
    const what = JSON.stringify([waits, isIstiodSilent]);
    const known = this.#waiting.get(namespace);
    const since = known?.what === what ? known.since : now;
    this.#waiting.set(namespace, { what, since });
    return since + (isIstiodSilent ? patienceWithIstiod : patience) - now;
  }
}
