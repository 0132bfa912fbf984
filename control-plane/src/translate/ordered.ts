// In: a Snapshot as it came. Out: the same with its objects by namespace and name: what came first must not decide anything.
import type { Snapshot } from "../core/snapshot.ts";

type Named = { readonly metadata: { readonly name: string; readonly namespace?: unknown } };

/** A watch appends what is new, a list after a restart has it in its place: both shall be the same plan, and no write. */
export function ordered(snapshot: Snapshot): Snapshot {
  const { pods, services, gateways, routes, istioGateways, virtualServices, destinationRules, sidecarScopes } =
    snapshot;
  return {
    ...snapshot,
    pods: sorted(pods),
    services: sorted(services),
    gateways: sorted(gateways),
    routes: sorted(routes),
    istioGateways: sorted(istioGateways),
    virtualServices: sorted(virtualServices),
    destinationRules: sorted(destinationRules),
    sidecarScopes: sorted(sidecarScopes),
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

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
