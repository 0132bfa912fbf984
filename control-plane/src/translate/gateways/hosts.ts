// Finds what each gateway deployment serves: its Gateways, and the routes that have hosts there.
import type { MeshGateway } from "../../api/mesh-gateway.ts";
import { gatewayNameLabel } from "../../core/labels.ts";
import type { Snapshot } from "../../core/snapshot.ts";
import { byAge, compare } from "../order.ts";
import { isOptedOut } from "../pods.ts";
import { keyOf, type Target, targetOf } from "../policies/targets.ts";
import type { AnyRoute } from "../services/object-routes.ts";
import { type Listener, listeners } from "./attachment.ts";
import { type AnyGateway, isOfGatewayApi } from "./candidates.ts";
import { foreignGateways } from "./classes.ts";
import { gatewayDeployments, type UnselectedGateways } from "./deployments.ts";
import { boundServices, eachOnce, hostsOfServers } from "./istio-attachment.ts";

/** Gateway proxies that one selector selects, with everything through which requests enter there. */
export type ServingDeployment = {
  readonly name: string;
  readonly namespace: string;
  /** Labels of its pods. */
  readonly selector: Readonly<Record<string, string>>;
  /** Oldest first. */
  readonly gateways: readonly ServedGateway[];
  /** Oldest first. */
  readonly routes: readonly ServedRoute[];
  /** The number of its pods. */
  readonly pods: number;
  /** Another controller runs it, so its proxies are not configured here. */
  readonly isForeign?: true;
};

export type ServedGateway = {
  readonly target: Target;
  readonly object: AnyGateway;
  /** "*": every host. */
  readonly hosts: readonly string[];
  /** Those of a Gateway of the Gateway API. */
  readonly listeners: readonly Listener[];
};

type ServedRoute = {
  readonly target: Target;
  readonly object: AnyRoute;
  readonly hosts: readonly HostClaim[];
};

/** A host, the Gateway that its requests come through, and the port, because at another port the same host has other requests. */
export type HostClaim = { readonly host: string; readonly gateway: Target; readonly port: number };

export type ServingDeployments = {
  readonly deployments: readonly ServingDeployment[];
  readonly unselected: UnselectedGateways;
};

/** Sorted by namespace and name. */
export function servingDeployments(snapshot: Snapshot): ServingDeployments {
  const listenersOf = listeners(snapshot);
  const boundTo = boundServices(snapshot);
  const { deployments, unselected } = gatewayDeployments(snapshot);
  const foreign = [...foreignGateways(snapshot)].map((gateway) => ({
    ...servingAlone(gateway, listenersOf(gateway)),
    isForeign: true as const,
  }));
  const own = deployments.map(({ name, namespace, selector, gateways, pods }): ServingDeployment => {
    const oldest = [...gateways]
      .sort(byAge)
      .map((gateway) => served(gateway, isOfGatewayApi(gateway) ? listenersOf(gateway) : []));
    const ofIstio = oldest.flatMap(({ object, target }) =>
      isOfGatewayApi(object)
        ? []
        : boundTo(object, namespace).map(({ service, hosts }) => servedRoute(service, target, hosts)),
    );
    return {
      ...{ name, namespace, selector, pods: [...pods].filter((pod) => !isOptedOut(pod)).length },
      gateways: oldest,
      routes: merged([...oldest.flatMap(attachedRoutes), ...ofIstio]),
    };
  });
  const all = [...foreign, ...own].sort((a, b) => compare(sortKey(a), sortKey(b)));
  return { deployments: all, unselected };
}

/** istiod runs a deployment for each Gateway of the Gateway API, under its name. */
export function servingAlone(gateway: MeshGateway, own: readonly Listener[]): ServingDeployment {
  const { name, namespace } = gateway.metadata;
  const alone = served(gateway, own);
  return {
    ...{ name, namespace, selector: { [gatewayNameLabel]: name }, pods: 0 },
    gateways: [alone],
    routes: merged(attachedRoutes(alone)),
  };
}

function served(object: AnyGateway, own: readonly Listener[]): ServedGateway {
  const hosts = isOfGatewayApi(object) ? ["*"] : hostsOfServers(object);
  return { target: targetOf(object), object, hosts, listeners: own };
}

function attachedRoutes({ target, listeners: own }: ServedGateway): readonly ServedRoute[] {
  const all = own.flatMap(({ listener: { port }, routes }) =>
    routes.map(({ route, hosts }) => ({ route, hosts, port })),
  );
  return [...Map.groupBy(all, ({ route }) => route)].map(([route, same]) => {
    const hosts = same.flatMap(({ hosts, port }) => hosts.map((host) => ({ host, port })));
    return servedRoute(route, target, eachOnce(hosts));
  });
}

function servedRoute(object: AnyRoute, gateway: Target, hosts: ReturnType<typeof eachOnce>): ServedRoute {
  return { target: targetOf(object), object, hosts: hosts.map((claim) => ({ ...claim, gateway })) };
}

/** Oldest first, and each once, whichever Gateways it is attached to. */
function merged(routes: readonly ServedRoute[]): readonly ServedRoute[] {
  return [...Map.groupBy(routes, ({ target }) => keyOf(target)).values()]
    .map((same) => ({ ...same[0]!, hosts: same.flatMap(({ hosts }) => hosts) }))
    .sort((a, b) => byAge(a.object, b.object));
}

const sortKey = ({ namespace, name }: ServingDeployment): string => `${namespace} ${name}`;
