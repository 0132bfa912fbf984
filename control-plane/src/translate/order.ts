// Orders objects by namespace and name, so that the order of arrival does not matter, and by age where that decides conflicts (Gateway API,
// conflict resolution).
import type { Snapshot } from "../core/snapshot.ts";

type Named = { readonly metadata: { readonly name: string; readonly namespace?: unknown } };

/** A watch appends new objects, and a list after a restart has them elsewhere: both must make the same plan, so that nothing is written. */
export function ordered(snapshot: Snapshot): Snapshot {
  return {
    ...snapshot,
    pods: sorted(snapshot.pods),
    services: sorted(snapshot.services),
    ...(snapshot.workloads === undefined ? {} : { workloads: sorted(snapshot.workloads) }),
    ...(snapshot.autoscalers === undefined ? {} : { autoscalers: sorted(snapshot.autoscalers) }),
    gateways: sorted(snapshot.gateways),
    ...(snapshot.listenerSets === undefined ? {} : { listenerSets: snapshot.listenerSets.toSorted(byAge) }),
    routes: sorted(snapshot.routes),
    istioGateways: sorted(snapshot.istioGateways),
    virtualServices: sorted(snapshot.virtualServices),
    destinationRules: sorted(snapshot.destinationRules),
    sidecarScopes: sorted(snapshot.sidecarScopes),
    envoyFilters: sorted(snapshot.envoyFilters),
  };
}

function sorted<T extends Named & { readonly kind: string }>(objects: readonly T[]): readonly T[] {
  return objects.toSorted(
    (a, b) =>
      compare(String(a.metadata.namespace), String(b.metadata.namespace)) ||
      compare(a.metadata.name, b.metadata.name) ||
      compare(a.kind, b.kind),
  );
}

export function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

type Aged = {
  readonly metadata: {
    readonly name: string;
    readonly namespace: string;
    readonly creationTimestamp?: string | undefined;
  };
};

/** Oldest first; without a time, or at the same time, by namespace and name. */
export function byAge(a: Aged, b: Aged): number {
  return compare(ageKey(a), ageKey(b));
}

function ageKey({ metadata: { name, namespace, creationTimestamp } }: Aged): string {
  return `${creationTimestamp ?? "~"} ${namespace}/${name}`;
}
