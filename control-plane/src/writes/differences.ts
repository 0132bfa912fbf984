// The writes that make of what is stored in a namespace what is wanted. Pure.
//
// They have no order: a route and the plugin that it names are in one object, a level's cluster that a proxy lacks falls through to the
// request's own cluster, and without the filter's header every route leads where it led without us.
import type { ManifestRef } from "../core/manifest.ts";
import type { Objects } from "../reconcile/owned-objects.ts";

export type Write = { readonly key: string } & (
  | { readonly verb: "apply" }
  | { readonly verb: "remove"; readonly ref: ManifestRef }
);

/** `isCurrent`: whether what is stored under a key is what is wanted. */
export function differences(stored: Objects, wanted: Objects, isCurrent: (key: string) => boolean): readonly Write[] {
  const changed = [...wanted.keys()].filter((key) => !isCurrent(key));
  const gone = [...stored].filter(([key]) => !wanted.has(key));
  return [
    ...changed.map((key): Write => ({ verb: "apply", key })),
    ...gone.map(([key, { ref }]): Write => ({ verb: "remove", key, ref })),
  ];
}
