// In: Gateways of both APIs, their routes, pods. Out: the gateway proxies as workloads, each with the Gateways and the routes' hosts that it serves.
import type { MeshGateway, MeshRoute } from "../api/mesh-gateway.ts";
import type { Snapshot } from "../core/snapshot.ts";
import { ageKey } from "./age.ts";
import { type IstioEntrances, istioEntrances } from "./istio-entrances.ts";
import { gatewayNameLabel } from "./pods.ts";
import { isAttached, type NamespaceLabels, namespaceLabels, routeDomains } from "./route-domains.ts";
import { gatewayGroup, type Target } from "./targets.ts";

/** Gateway proxies that one selector takes, where requests come in from outside. */
export type GatewayEntrance = {
  readonly name: string;
  readonly namespace: string;
  /** Labels of its pods. */
  readonly selector: Readonly<Record<string, string>>;
  /** Oldest first. */
  readonly gateways: readonly ServedGateway[];
  /** Oldest first. */
  readonly routes: readonly ServedRoute[];
};

export type ServedGateway = {
  readonly target: Target;
  /** "*": all of them. */
  readonly hosts: readonly string[];
};

export type ServedRoute = {
  readonly target: Target;
  /** Sorts by it as by age. */
  readonly age: string;
  /** Each with the Gateway by which it gets there. */
  readonly hosts: readonly { readonly host: string; readonly gateway: Target }[];
};

export type GatewayEntrances = IstioEntrances;

/** Sorted by namespace and name. */
export function gatewayEntrances(snapshot: Snapshot): GatewayEntrances {
  const labels = namespaceLabels(snapshot.namespaces);
  const parents = Map.groupBy(
    snapshot.routes.flatMap((route) => [...parentsOf(route)].map((parent) => ({ route, parent }))),
    ({ parent }) => parent,
  );
  const own = snapshot.gateways.map((gateway) => {
    const routes = parents.get(`${gateway.metadata.namespace}/${gateway.metadata.name}`) ?? [];
    return gatewayEntrance(
      gateway,
      routes.map(({ route }) => route),
      labels,
    );
  });
  const { entrances, unselected } = istioEntrances(snapshot);
  const sortKey = ({ namespace, name }: GatewayEntrance): string => `${namespace} ${name}`;
  return { entrances: [...own, ...entrances].sort((a, b) => (sortKey(a) < sortKey(b) ? -1 : 1)), unselected };
}

/** One of the Gateway API: istiod runs its proxies under its name. `routes`: all that may be attached. */
export function gatewayEntrance(
  gateway: MeshGateway,
  routes: readonly MeshRoute[],
  namespaces: NamespaceLabels,
): GatewayEntrance {
  const { name, namespace } = gateway.metadata;
  const target: Target = { group: gatewayGroup, kind: "Gateway", namespace, name };
  const served = attachedRoutes(gateway, routes, namespaces).map((route): ServedRoute & { age: string } => ({
    target: routeTarget(route),
    age: ageKey(route),
    hosts: routeDomains(route, gateway, namespaces).map((host) => ({ host, gateway: target })),
  }));
  return {
    ...{ name, namespace, selector: { [gatewayNameLabel]: name } },
    gateways: [{ target, hosts: ["*"] }],
    routes: served.sort((a, b) => (a.age < b.age ? -1 : 1)),
  };
}

export function attachedRoutes(
  gateway: MeshGateway,
  routes: readonly MeshRoute[],
  namespaces: NamespaceLabels,
): readonly MeshRoute[] {
  return routes.filter((route) =>
    gateway.spec.listeners.some((listener) => isAttached(route, gateway, listener, namespaces)),
  );
}

export function routeTarget({ kind, metadata: { name, namespace } }: MeshRoute): Target {
  return { group: gatewayGroup, kind, namespace, name };
}

function parentsOf({ metadata, spec }: MeshRoute): ReadonlySet<string> {
  return new Set(spec.parentRefs.map((ref) => `${ref.namespace ?? metadata.namespace}/${ref.name}`));
}
