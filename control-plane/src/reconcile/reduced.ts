// In: an object with routes, and the clusters that they may name for now. Out: it with those routes only. Pure.
import type { Manifest } from "../core/manifest.ts";
import { namesOf, type Patch } from "./content.ts";

/** Undefined: nothing is left. */
export function reduced(manifest: Manifest, only: ReadonlySet<string>): Manifest | undefined {
  const { configPatches = [] } = manifest.spec as { readonly configPatches?: readonly Patch[] };
  const left = configPatches.filter((patch) => namesOf(patch).every((name) => only.has(name)));
  if (left.length === 0) return undefined;
  return { ...manifest, spec: { ...(manifest.spec as object), configPatches: left } };
}
