// In: our objects as the watch shows them, and the answers to our writes. Out: what is stored now: the watch may be a moment behind.

import { keyOf } from "../reconcile/object-summary.ts";
import { byNamespace, type Objects } from "../reconcile/owned-objects.ts";
import type { ObjectSummary, OwnedObject } from "../reconcile/ports.ts";

/** Milliseconds. After that the watch is right, whatever was answered. */
const longest = 10_000;

type Answer = {
  readonly at: number;
  /** As the watch showed it when it was written. */
  readonly before: string | undefined;
  /** Undefined: removed. */
  readonly after: OwnedObject | undefined;
};

export class MutationCache {
  readonly #answers = new Map<string, Answer>();
  /** Where the API server adds to what it is asked for: what was asked → what is stored of it. */
  readonly #additions = new Map<string, { readonly asked: string; readonly stored: string }>();

  wrote(
    key: string,
    asked: ObjectSummary | undefined,
    before: ObjectSummary | undefined,
    after: OwnedObject | undefined,
    now: number,
  ): void {
    if (before?.digest !== after?.summary.digest) this.#answers.set(key, { at: now, before: before?.digest, after });
    if (asked === undefined || after === undefined || asked.digest === after.summary.digest)
      this.#additions.delete(key);
    else this.#additions.set(key, { asked: asked.digest, stored: after.summary.digest });
  }

  /** By namespace, then key. */
  view(owned: readonly OwnedObject[], now: number): ReadonlyMap<string, Objects> {
    const found = new Map(owned.map((object) => [keyOf(object.ref), object]));
    for (const [key, { at, before, after }] of this.#answers) {
      const isBehind = found.get(key)?.summary.digest === before;
      if (!isBehind || now - at > longest) this.#answers.delete(key);
      else if (after === undefined) found.delete(key);
      else found.set(key, after);
    }
    return byNamespace(found);
  }

  /** Whether what is stored is what is wanted. */
  isCurrent(key: string, wanted: ObjectSummary, there: ObjectSummary | undefined): boolean {
    if (there === undefined) return false;
    if (there.digest === wanted.digest) return true;
    const known = this.#additions.get(key);
    return known?.asked === wanted.digest && known.stored === there.digest;
  }
}
