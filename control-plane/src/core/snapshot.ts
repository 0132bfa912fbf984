// The whole world at one moment, as parsed at the edge: what translate reads. Types only.
import type { DestinationRule, IstioGateway, SidecarScope, VirtualService } from "../api/istio.ts";
import type { Namespace, Pod, Service } from "../api/kubernetes.ts";
import type { MeshGateway, MeshRoute } from "../api/mesh-gateway.ts";
import type { PriorityLadder } from "../api/priority-ladder.ts";
import type { PriorityPolicy } from "../api/priority-policy.ts";
import type { MeshConfig } from "./mesh-config.ts";

/** An envoy.config.route.v3.RouteAction in JSON, as istiod writes it. */
export type DefaultRoute = Readonly<Record<string, unknown>>;

export type Snapshot = {
  /** Absent: Istio's defaults. */
  readonly mesh?: MeshConfig;
  readonly ladder: PriorityLadder;
  readonly policies: readonly PriorityPolicy[];
  readonly namespaces: readonly Namespace[];
  readonly services: readonly Service[];
  readonly pods: readonly Pod[];
  /** Of the Gateway API. */
  readonly gateways: readonly MeshGateway[];
  /** HTTPRoutes and GRPCRoutes. */
  readonly routes: readonly MeshRoute[];
  readonly istioGateways: readonly IstioGateway[];
  readonly virtualServices: readonly VirtualService[];
  readonly destinationRules: readonly DestinationRule[];
  readonly sidecarScopes: readonly SidecarScope[];
  /** What the mesh's default routes say besides their cluster, each variant once; absent: nobody has looked. */
  readonly defaultRoutes?: readonly DefaultRoute[];
};
