// Expedite's objects as they are stored now: as the watch shows them, overlaid with the answers to recent writes until the watch catches
// up.
import { keyOf } from "../reconcile/object-summary.ts";
import { byNamespace, type Objects } from "../reconcile/owned-objects.ts";
import type { ObjectSummary, OwnedObject } from "../reconcile/ports.ts";

/** Milliseconds after which the watch is right, whatever was answered. */
const longest = 10_000;

type Answer = {
  readonly at: number;
  /** Digest of the object as the watch showed it before the write. */
  readonly before: string | undefined;
  /** Undefined if it was removed. */
  readonly after: OwnedObject | undefined;
};

export type Mutation = {
  readonly key: string;
  /** Undefined for a removal. */
  readonly asked: ObjectSummary | undefined;
  readonly before: ObjectSummary | undefined;
  readonly after: OwnedObject | undefined;
};

export class MutationCache {
  readonly #answers = new Map<string, Answer>();
  /** Objects to which the API server adds something: digests of what was requested and of what is stored. */
  readonly #additions = new Map<string, { readonly asked: string; readonly stored: string }>();

  /** To be called when the API server has answered a write. */
  wrote({ key, asked, before, after }: Mutation, now: number): void {
    if (before?.digest !== after?.summary.digest) this.#answers.set(key, { at: now, before: before?.digest, after });
    if (asked === undefined || after === undefined || asked.digest === after.summary.digest)
      this.#additions.delete(key);
    else this.#additions.set(key, { asked: asked.digest, stored: after.summary.digest });
  }

  /** By namespace, then key. */
  stored(owned: readonly OwnedObject[], now: number): ReadonlyMap<string, Objects> {
    const found = new Map(owned.map((object) => [keyOf(object.ref), object]));
    for (const [key, { at, before, after }] of this.#answers) {
      const isBehind = found.get(key)?.summary.digest === before;
      if (!isBehind || now - at > longest) this.#answers.delete(key);
      else if (after === undefined) found.delete(key);
      else found.set(key, after);
    }
    return byNamespace(found);
  }

  /** Whether the stored object under a key is the wanted one. */
  isCurrent(key: string, wanted: ObjectSummary, stored: ObjectSummary | undefined): boolean {
    if (stored === undefined) return false;
    if (stored.digest === wanted.digest) return true;
    const known = this.#additions.get(key);
    return known?.asked === wanted.digest && known.stored === stored.digest;
  }
}
