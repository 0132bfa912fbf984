// Finds the routes that users write for sidecars: those of VirtualServices in the mesh, and those of HTTPRoutes and GRPCRoutes for
// Services.
import type { MeshRoute } from "../../api/mesh-gateway.ts";
import type { Snapshot } from "../../core/snapshot.ts";
import type { Verdict } from "../../core/verdict.ts";
import { verdictOn } from "../finding.ts";
import { isWanted, type ObjectRoutes, objectRoutes } from "./object-routes.ts";
import type { Destinations } from "./route-destinations.ts";
import type { RouteEntry } from "./route-entry.ts";
import { configPath } from "./virtual-service-entries.ts";
import { fullName, hostName, isExported } from "./visibility.ts";

/** Routes of one user's object. */
export type SidecarRoutes = {
  /** Empty if they cannot be listed, which the verdicts then explain. */
  readonly entries: readonly RouteEntry[];
  readonly verdicts: readonly Verdict[];
  /** Full names, if a VirtualService names them. */
  readonly hosts: readonly string[];
};

/** For a client's namespace. Istio decides which VirtualService wins there, and whose routes a proxy has. */
type SidecarRoutesOf = (client: string) => readonly SidecarRoutes[];

export function sidecarRoutes(snapshot: Snapshot, destinations: Destinations): SidecarRoutesOf {
  const { mesh } = snapshot;
  const { virtualService: byDefault } = mesh.defaultExportTo;
  const routesOf = objectRoutes(snapshot);
  const ofServices = snapshot.virtualServices
    // One without hosts is a delegate: its routes belong to the root.
    .filter(({ spec }) => spec.gateways.includes("mesh") && spec.hosts.length > 0)
    .map((object) => {
      const { namespace } = object.metadata;
      const hosts = object.spec.hosts.map((host) => fullName(host, namespace, mesh)).sort();
      const own = routesOf({ object, hosts, destinations });
      const routes = { ...listable(own, own.reads !== undefined), hosts };
      return { exported: { exportTo: object.spec.exportTo, namespace }, routes };
    });
  const forServices = snapshot.routes.flatMap((route) =>
    parentServices(route, snapshot).map(({ clients, host, path }) => ({
      ...{ clients, path },
      own: routesOf({ object: route, hosts: [host], destinations, paths: [path] }),
    })),
  );
  // Envoy tries all routes of a host: if one reads the level, all keep their requests on shared connections.
  const reading = new Set(forServices.filter(({ own }) => own.reads !== undefined).map(({ path }) => path));
  const ofRoutes = forServices.map(({ clients, path, own }) => ({
    clients,
    routes: { ...listable(own, reading.has(path)), hosts: [] },
  }));
  return (client) => [
    ...ofServices.filter(({ exported }) => isExported(exported, client, byDefault)).map(({ routes }) => routes),
    ...ofRoutes.filter(({ clients }) => clients === "all" || clients === client).map(({ routes }) => routes),
  ];
}

/** @param isRead whether a route of the same hosts reads the level */
function listable(own: ObjectRoutes, isRead: boolean): Pick<SidecarRoutes, "entries" | "verdicts"> {
  const { object, entries, reads } = own;
  return {
    entries: isRead ? [] : entries,
    verdicts: reads === undefined || !isWanted(own) ? [] : [verdictOn(object, reads)],
  };
}

/** Services that the route is for, with its clients: those in its namespace, or all clients if the Service is in that namespace (GAMMA). */
function parentServices({ metadata: { namespace }, spec }: MeshRoute, { mesh }: Snapshot) {
  return spec.parentRefs
    .filter((ref) => ref.kind === "Service")
    .map((ref) => {
      const host = hostName(ref.namespace ?? namespace, ref.name, mesh);
      const port = ref.port === undefined ? [] : [ref.port];
      const path = configPath(namespace, [namespace, ...port, host].join("~"));
      const clients = (ref.namespace ?? namespace) === namespace ? "all" : namespace;
      return { clients, host, path };
    });
}
