// Determines the writes that turn what is stored in a namespace into what is wanted. Pure.
//
// Their order does not matter: a route and the plugin that it names are in one object, a level's cluster that a proxy lacks falls through
// to the request's own cluster, and without the filter's header every route leads where it led without Expedite.
import type { ManifestRef } from "../core/manifest.ts";
import type { Objects } from "../reconcile/owned-objects.ts";

export type Write = { readonly key: string } & (
  | { readonly verb: "apply" }
  | { readonly verb: "remove"; readonly ref: ManifestRef }
);

/** `isCurrent`: whether the stored object under a key is the wanted one. */
export function differences(stored: Objects, wanted: Objects, isCurrent: (key: string) => boolean): readonly Write[] {
  const changed = [...wanted.keys()].filter((key) => !isCurrent(key));
  const gone = [...stored].filter(([key]) => !wanted.has(key));
  return [
    ...changed.map((key): Write => ({ verb: "apply", key })),
    ...gone.map(([key, { ref }]): Write => ({ verb: "remove", key, ref })),
  ];
}
