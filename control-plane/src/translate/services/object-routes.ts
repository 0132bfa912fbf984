// Reads the routes of one user's object, of either API, and whether it matches on a header that the filter writes.
import type { VirtualService } from "../../api/istio.ts";
import type { MeshRoute } from "../../api/mesh-gateway.ts";
import type { Snapshot } from "../../core/snapshot.ts";
import type { Finding } from "../finding.ts";
import { levelHeaders } from "../levels.ts";
import { meshRouteEntries, ruleReadsHeader } from "./mesh-route-entries.ts";
import type { Destinations } from "./route-destinations.ts";
import type { RouteEntry } from "./route-entry.ts";
import { delegates, readsHeader, virtualServiceEntries } from "./virtual-service-entries.ts";

export type AnyRoute = VirtualService | MeshRoute;

export type ObjectRoutes = {
  readonly object: AnyRoute;
  /** The hosts of the virtual hosts with the routes. */
  readonly hosts: readonly string[];
  readonly entries: readonly RouteEntry[];
  readonly reads: Finding | undefined;
};

type Placed = {
  readonly object: AnyRoute;
  readonly hosts: readonly string[];
  /** Resolves hosts with connections by level, as the proxies see them. */
  readonly destinations: Destinations;
  /** For an HTTPRoute or GRPCRoute: the VirtualServices that istiod makes of it (virtual-service-entries.ts: configPath). */
  readonly paths?: readonly string[];
};

export function objectRoutes(snapshot: Snapshot): (placed: Placed) => ObjectRoutes {
  const { mesh, ladder } = snapshot;
  const headers = levelHeaders(ladder);
  const delegate = delegates(snapshot);
  return ({ object, hosts, destinations, paths = [] }) => {
    const context = { mesh, delegate, destinations, hosts };
    return object.kind === "VirtualService"
      ? { object, hosts, entries: virtualServiceEntries(object, context), reads: readsHeader(object, context, headers) }
      : {
          ...{ object, hosts, entries: meshRouteEntries(object, { ...context, paths }) },
          reads: ruleReadsHeader(object, headers),
        };
  };
}

/** Whether some requests of its routes lead to a host with connections by level. */
export function isWanted({ entries }: ObjectRoutes): boolean {
  return entries.some((entry) => entry.isWanted);
}
