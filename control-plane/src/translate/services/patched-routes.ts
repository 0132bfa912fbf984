// Finds where users' EnvoyFilters change existing routes: a shared route would lack the change, and only Istio knows the result.
import type { EnvoyFilter } from "../../api/istio.ts";
import type { Snapshot } from "../../core/snapshot.ts";
import type { Verdict } from "../../core/verdict.ts";

type Side = "SIDECAR_OUTBOUND" | "GATEWAY";

/** The EnvoyFilter that changes routes of the namespace's sidecars or gateways, whichever of their workloads it selects. */
type PatchedRoutes = (namespace: string, side: Side) => EnvoyFilter | undefined;

export function patchedRoutes({ envoyFilters, mesh }: Snapshot): PatchedRoutes {
  const changing = envoyFilters.filter(({ spec }) => spec.configPatches.some(changesRoutes));
  return (namespace, side) =>
    changing.find(
      ({ metadata, spec }) =>
        (metadata.namespace === namespace || metadata.namespace === mesh.rootNamespace) &&
        spec.configPatches.some(
          (patch) => changesRoutes(patch) && (patch.match.context === "ANY" || patch.match.context === side),
        ),
    );
}

/** Inserted and removed routes don't count, because Envoy itself reports the route that a request has. */
function changesRoutes({ applyTo, patch }: EnvoyFilter["spec"]["configPatches"][number]): boolean {
  return applyTo === "HTTP_ROUTE" && ["MERGE", "REPLACE"].includes(patch.operation);
}

export function notPrioritisedFor(filter: EnvoyFilter, whose: string): Verdict {
  const { name, namespace } = filter.metadata;
  const index = filter.spec.configPatches.findIndex(changesRoutes);
  return {
    on: { kind: "EnvoyFilter", namespace, name },
    reason: "RouteNotPrioritised",
    field: ["spec", "configPatches", index, "patch"],
    message: `changes routes, which shared routes cannot follow, so requests of ${whose} share connections; change routes in a VirtualService instead`,
  };
}
