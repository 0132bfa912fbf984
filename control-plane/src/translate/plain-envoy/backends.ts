// Refuses routes that lead nowhere, because Envoy accepts no route to a cluster that does not exist.
import type { MeshRoute } from "../../api/mesh-gateway.ts";
import type { Snapshot } from "../../core/snapshot.ts";
import type { Verdict } from "../../core/verdict.ts";
import { finding, verdictOn } from "../finding.ts";
import { type MissingOf, missingBackends } from "../services/backends.ts";

export function unresolved(snapshot: Snapshot): readonly Verdict[] {
  const missingOf = missingBackends(snapshot);
  return snapshot.routes.flatMap((route) => ofRoute(route, missingOf));
}

function ofRoute(route: MeshRoute, missingOf: MissingOf): readonly Verdict[] {
  const { namespace } = route.metadata;
  return route.spec.rules.flatMap((rule, index): Verdict[] => {
    const backend = rule.backendRefs[0];
    // A redirect has none.
    if (backend?.port === undefined) return [];
    const refuse = (field: string, message: string): Verdict[] => [
      verdictOn(route, finding("RefNotFound", ["spec", "rules", index, "backendRefs", 0, field], message)),
    ];
    // Another namespace would need a ReferenceGrant, which is not read.
    if (backend.namespace !== undefined && backend.namespace !== namespace)
      return refuse("namespace", `is not the route's own; allowed: ${namespace}`);
    const missing = missingOf({ namespace, name: backend.name, port: backend.port });
    if (missing === undefined) return [];
    return missing.what === "Service"
      ? refuse("name", `is no Service of namespace ${namespace}; create the Service, or correct the name`)
      : refuse("port", `is no port of Service ${backend.name}; allowed: ${missing.ports.join(", ")}`);
  });
}
