// Finds the pods of each Service, or of a workload, by their labels, without searching every pod.
import type { Pod } from "../../api/kubernetes.ts";
import { isSelectedByService } from "../../core/labels.ts";
import type { Snapshot } from "../../core/snapshot.ts";

/** A Service of the snapshot, or a workload like it. */
export type Selecting = {
  readonly metadata: { readonly namespace: string };
  readonly spec: { readonly selector: Readonly<Record<string, string>> };
};

/** Each answer is computed once for the same object. */
export type PodsOf = (selecting: Selecting) => readonly Pod[];

type Index = ReadonlyMap<string, readonly Pod[]>;

/** Reads the pods only when it is asked for the first time. */
export function servicePods({ pods }: Pick<Snapshot, "pods">): PodsOf {
  let index: Index | undefined;
  const found = new Map<Selecting, readonly Pod[]>();
  return (service) => {
    index ??= byLabel(pods);
    const known = found.get(service) ?? select(service, index);
    found.set(service, known);
    return known;
  };
}

function byLabel(pods: readonly Pod[]): Index {
  const index = new Map<string, Pod[]>();
  for (const pod of pods)
    for (const [key, value] of Object.entries(pod.metadata.labels ?? {})) {
      const place = placeOf(pod.metadata.namespace, key, value);
      const there = index.get(place);
      if (there === undefined) index.set(place, [pod]);
      else there.push(pod);
    }
  return index;
}

/** Searches only the pods with the rarest of its labels. */
function select({ metadata, spec }: Selecting, index: Index): readonly Pod[] {
  const candidates = Object.entries(spec.selector)
    .map(([key, value]) => index.get(placeOf(metadata.namespace, key, value)) ?? [])
    .sort((a, b) => a.length - b.length);
  return (candidates[0] ?? []).filter((pod) => isSelectedByService(spec.selector, pod.metadata.labels));
}

function placeOf(namespace: string, key: string, value: string): string {
  return `${namespace} ${key}=${value}`;
}
