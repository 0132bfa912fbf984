// In: what is there and what is wanted. Out: writes in an order in which no route ever names a cluster that a proxy lacks. Pure.
import type { Manifest, ManifestRef } from "../core/manifest.ts";
import { stepLabel } from "../core/manifest.ts";
import { keyOf } from "./applied.ts";
import type { OwnedObject } from "./ports.ts";

export type Write = { readonly apply: Manifest } | { readonly remove: ManifestRef };

/** Writes at one time; then the proxies of `namespaces` have to take them before the next stage. */
export type Stage = { readonly writes: readonly Write[]; readonly namespaces: readonly string[] };

/** `isCurrent`: whether an object is as it is wanted. */
export function stages(
  owned: readonly OwnedObject[],
  wanted: readonly Manifest[],
  isCurrent: (manifest: Manifest, there: OwnedObject | undefined) => boolean,
): readonly Stage[] {
  const there = new Map(owned.map((object) => [keyOf(object.ref), object]));
  const kept = new Set(wanted.map(keyOf));
  const changed = wanted.filter((manifest) => !isCurrent(manifest, there.get(keyOf(manifest))));
  const gone = owned.filter(({ ref }) => !kept.has(keyOf(ref)));
  const isRoutes = (manifest: Manifest): boolean => stepOf(manifest) === "routes";
  const lost = lostClusters(owned, wanted, [...changed.map(keyOf), ...gone.map(({ ref }) => keyOf(ref))]);
  const back = wanted.filter(
    (manifest) => isRoutes(manifest) && there.has(keyOf(manifest)) && lost.has(manifest.metadata.namespace),
  );
  const ways: readonly (readonly Write[])[] = [
    // Out first: routes that go, and of those that stay what names a cluster that goes.
    [
      ...gone.filter(({ step }) => step === "routes").map(({ ref }) => ({ remove: ref })),
      ...back.map((manifest) => reduced(manifest, owned, lost.get(manifest.metadata.namespace)!)),
    ],
    [
      ...changed.filter((manifest) => !isRoutes(manifest)).map((apply) => ({ apply })),
      ...gone.filter(({ step }) => step !== "routes").map(({ ref }) => ({ remove: ref })),
    ],
    [...new Set([...changed.filter(isRoutes), ...back])].map((apply) => ({ apply })),
  ];
  return ways
    .filter((writes) => writes.length > 0)
    .map((writes) => ({ writes, namespaces: [...new Set(writes.map(namespaceOf))].sort() }));
}

export const stepOf = ({ metadata: { labels } }: Manifest): string | undefined => labels[stepLabel];

function namespaceOf(write: Write): string {
  return ("apply" in write ? write.apply : write.remove).metadata.namespace;
}

/** By namespace the aggregates that a change takes away. */
function lostClusters(
  owned: readonly OwnedObject[],
  wanted: readonly Manifest[],
  touched: readonly string[],
): ReadonlyMap<string, ReadonlySet<string>> {
  const found = new Map<string, Set<string>>();
  const isTouched = new Set(touched);
  for (const { ref, clusters } of owned) {
    if (clusters.length === 0 || !isTouched.has(keyOf(ref))) continue;
    const { namespace } = ref.metadata;
    const stay = new Set(
      wanted.filter((one) => one.metadata.namespace === namespace && stepOf(one) === "clusters").flatMap(addedClusters),
    );
    for (const cluster of clusters)
      if (!stay.has(cluster)) found.set(namespace, (found.get(namespace) ?? new Set()).add(cluster));
  }
  return found;
}

type Patch = {
  readonly applyTo?: string;
  readonly patch?: { readonly operation?: string; readonly value?: { readonly name?: string } };
};
const patchesOf = ({ spec }: Manifest): readonly Patch[] =>
  (spec as { readonly configPatches?: readonly Patch[] } | undefined)?.configPatches ?? [];

function addedClusters(manifest: Manifest): readonly string[] {
  return patchesOf(manifest)
    .filter(({ applyTo, patch }) => applyTo === "CLUSTER" && patch?.operation === "ADD")
    .flatMap(({ patch }) => patch?.value?.name ?? []);
}

/** Routes for the time between: only what names clusters that were there and stay. */
function reduced(manifest: Manifest, owned: readonly OwnedObject[], lost: ReadonlySet<string>): Write {
  const { namespace } = manifest.metadata;
  const before = new Set(
    owned.filter(({ ref }) => ref.metadata.namespace === namespace).flatMap(({ clusters }) => clusters),
  );
  const configPatches = patchesOf(manifest).filter((patch) =>
    [...JSON.stringify(patch).matchAll(/"cluster":"(expedite\|[^"]+)"/g)].every(
      ([, name = ""]) => before.has(name) && !lost.has(name),
    ),
  );
  if (configPatches.length === 0) return { remove: manifest };
  return { apply: { ...manifest, spec: { ...(manifest.spec as object), configPatches } } };
}
