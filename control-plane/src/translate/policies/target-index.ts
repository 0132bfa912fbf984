// Looks up what policies may be attached to, by group, kind and namespace.
import { byNamespace } from "../../core/by-namespace.ts";
import type { Snapshot } from "../../core/snapshot.ts";
import { gatewayGroup, istioGroup } from "./targets.ts";

/** Names of the objects of a kind in a namespace; undefined for a kind that can't be a target. */
export type TargetIndex = (group: string, kind: string, namespace: string) => readonly string[] | undefined;

type Named = { readonly metadata: { readonly name: string; readonly namespace: string } };

export function targetIndex(snapshot: Snapshot): TargetIndex {
  const routes = (kind: string): readonly Named[] => snapshot.routes.filter((route) => route.kind === kind);
  const all: Readonly<Record<string, readonly Named[]>> = {
    [`${gatewayGroup}/Gateway`]: snapshot.gateways,
    [`${gatewayGroup}/HTTPRoute`]: routes("HTTPRoute"),
    [`${gatewayGroup}/GRPCRoute`]: routes("GRPCRoute"),
    [`${istioGroup}/Gateway`]: snapshot.istioGateways,
    [`${istioGroup}/VirtualService`]: snapshot.virtualServices,
    "/Service": snapshot.services,
  };
  const kinds = new Map(Object.entries(all).map(([kind, objects]) => [kind, byNamespace(objects)]));
  return (group, kind, namespace) => {
    const objects = kinds.get(`${group}/${kind}`);
    return objects === undefined ? undefined : (objects.get(namespace) ?? []).map(({ metadata }) => metadata.name);
  };
}
