// In: Gateways of both APIs, their routes, pods. Out: the gateway proxies as workloads, each with the Gateways and the routes' hosts that it serves.
import type { MeshGateway, MeshRoute } from "../../api/mesh-gateway.ts";
import type { Snapshot } from "../../core/snapshot.ts";
import { ageKey, byAge } from "../order.ts";
import { gatewayNameLabel, isOptedOut } from "../pods.ts";
import { gatewayGroup, keyOf, type Target } from "../policies/targets.ts";
import { isAttached, type NamespaceLabels, namespaceLabels, routeDomains } from "./attachment.ts";
import { foreignGateways } from "./classes.ts";
import {
  type AnyGateway,
  type GatewayPlace,
  gatewayPlaces,
  isOfGatewayApi,
  isOfIstio,
  type UnselectedGateways,
} from "./deployments.ts";
import { gatewayHosts } from "./istio-attachment.ts";
import { istioTarget, servedServices, servicesByGateway } from "./served-services.ts";

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
  /** How many there are. */
  readonly pods: number;
  /** Another controller's: nothing of ours is there. */
  readonly isForeign?: true;
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
  readonly hosts: readonly HostClaim[];
};

/** A host, the Gateway by which it gets there, and the port: where that is another, the host is of other requests. */
export type HostClaim = { readonly host: string; readonly gateway: Target; readonly port: number };

export type GatewayEntrances = {
  readonly entrances: readonly GatewayEntrance[];
  readonly unselected: UnselectedGateways;
};

/** Sorted by namespace and name. */
export function gatewayEntrances(snapshot: Snapshot): GatewayEntrances {
  const labels = namespaceLabels(snapshot.namespaces);
  const parents = Map.groupBy(
    snapshot.routes.flatMap((route) => [...parentsOf(route)].map((parent) => ({ route, parent }))),
    ({ parent }) => parent,
  );
  const ofGatewayApi = (gateway: MeshGateway): GatewayEntrance => {
    const routes = parents.get(`${gateway.metadata.namespace}/${gateway.metadata.name}`) ?? [];
    return gatewayEntrance(
      gateway,
      routes.map(({ route }) => route),
      labels,
    );
  };
  const bound = servicesByGateway(snapshot.virtualServices);
  const entranceOf = ({ name, namespace, selector, gateways, pods }: GatewayPlace): GatewayEntrance => {
    const oldest = [...gateways].sort(byAge);
    const own = oldest.filter(isOfGatewayApi).map(ofGatewayApi);
    const ofIstio = oldest.filter(isOfIstio);
    return {
      ...{ name, namespace, selector, pods: [...pods].filter((pod) => !isOptedOut(pod)).length },
      gateways: oldest.map(servedGateway),
      routes: each([
        ...own.flatMap(({ routes }) => routes),
        ...servedServices(ofIstio, bound, namespace, snapshot.mesh),
      ]),
    };
  };
  const { places, unselected } = gatewayPlaces(snapshot);
  const foreign = [...foreignGateways(snapshot)].map((gateway) => ({
    ...ofGatewayApi(gateway),
    isForeign: true as const,
  }));
  const entrances = [...foreign, ...places.map(entranceOf)];
  const sortKey = ({ namespace, name }: GatewayEntrance): string => `${namespace} ${name}`;
  return { entrances: entrances.sort((a, b) => (sortKey(a) < sortKey(b) ? -1 : 1)), unselected };
}

function servedGateway(gateway: AnyGateway): ServedGateway {
  return isOfGatewayApi(gateway)
    ? { target: meshTarget(gateway), hosts: ["*"] }
    : { target: istioTarget(gateway), hosts: gatewayHosts(gateway) };
}

/** Oldest first, and once, by whichever Gateways. */
function each(routes: readonly ServedRoute[]): readonly ServedRoute[] {
  return [...Map.groupBy(routes, ({ target }) => keyOf(target)).values()]
    .map((same) => ({ ...same[0]!, hosts: same.flatMap(({ hosts }) => hosts) }))
    .sort((a, b) => (a.age < b.age ? -1 : 1));
}

/** One of the Gateway API: istiod runs its proxies under its name. `routes`: all that may be attached. */
export function gatewayEntrance(
  gateway: MeshGateway,
  routes: readonly MeshRoute[],
  namespaces: NamespaceLabels,
): GatewayEntrance {
  const { name, namespace } = gateway.metadata;
  const target = meshTarget(gateway);
  const served = attachedRoutes(gateway, routes, namespaces).map(
    (route): ServedRoute => ({
      target: routeTarget(route),
      age: ageKey(route),
      hosts: routeDomains(route, gateway, namespaces).map((claim) => ({ ...claim, gateway: target })),
    }),
  );
  return {
    ...{ name, namespace, selector: { [gatewayNameLabel]: name }, pods: 0 },
    gateways: [servedGateway(gateway)],
    routes: each(served),
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

function meshTarget({ metadata: { name, namespace } }: MeshGateway): Target {
  return { group: gatewayGroup, kind: "Gateway", namespace, name };
}

export function routeTarget({ kind, metadata: { name, namespace } }: MeshRoute): Target {
  return { group: gatewayGroup, kind, namespace, name };
}

function parentsOf({ metadata, spec }: MeshRoute): ReadonlySet<string> {
  return new Set(spec.parentRefs.map((ref) => `${ref.namespace ?? metadata.namespace}/${ref.name}`));
}
