// What this replica applied, and how it was stored then: tells a change of ours, and one of somebody else, from no change. After a
// restart nothing is known, and each object is applied once more, which changes nothing where nothing differs.
import { createHash } from "node:crypto";
import type { Manifest, ManifestRef } from "../core/manifest.ts";
import type { OwnedObject } from "./ports.ts";

export const keyOf = ({ kind, metadata: { namespace, name } }: ManifestRef): string => `${kind} ${namespace}/${name}`;

const sha256 = (value: unknown): string => createHash("sha256").update(JSON.stringify(value)).digest("hex");

/** Lists of patches that many objects share are read once. */
const listDigests = new WeakMap<object, string>();

function listDigest(list: readonly unknown[]): string {
  const known = listDigests.get(list) ?? sha256(list);
  listDigests.set(list, known);
  return known;
}

/** Of what an object of ours asks for. */
export function digestOf({ metadata: { labels }, spec, data }: Manifest): string {
  const { configPatches, ...rest } = (spec ?? {}) as { readonly configPatches?: readonly unknown[] };
  return sha256([labels, rest, configPatches === undefined ? null : listDigest(configPatches), data]);
}

export class Applied {
  readonly #known = new Map<string, { readonly wanted: string; readonly stored: string }>();

  remember(manifest: Manifest, stored: OwnedObject): void {
    this.#known.set(keyOf(manifest), { wanted: digestOf(manifest), stored: stored.content });
  }

  forget(ref: ManifestRef): void {
    this.#known.delete(keyOf(ref));
  }

  /** Whether `there` is what `manifest` asks for. */
  isCurrent(manifest: Manifest, there: OwnedObject | undefined): boolean {
    const known = this.#known.get(keyOf(manifest));
    return known !== undefined && known.wanted === digestOf(manifest) && known.stored === there?.content;
  }
}
