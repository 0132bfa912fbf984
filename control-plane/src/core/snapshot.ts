// Defines the state of the whole cluster at one moment, parsed, as translate reads it. Types only.
import type { DestinationRule, EnvoyFilter, IstioGateway, SidecarScope, VirtualService } from "../api/istio.ts";
import type { Autoscaler, Namespace, Pod, Service, Workload } from "../api/kubernetes.ts";
import type { GatewayClass, ListenerSet, MeshGateway, MeshRoute } from "../api/mesh-gateway.ts";
import type { PriorityLadder } from "../api/priority-ladder.ts";
import type { PriorityPolicy } from "../api/priority-policy.ts";
import type { RequestQueue } from "../api/request-queue.ts";
import type { MeshConfig } from "./mesh-config.ts";

export type Snapshot = {
  readonly ladder: PriorityLadder;
  readonly policies: readonly PriorityPolicy[];
  readonly queues: readonly RequestQueue[];
  readonly namespaces: readonly Namespace[];
  readonly services: readonly Service[];
  readonly pods: readonly Pod[];
  /** Deployments, StatefulSets and DaemonSets; if absent, there are none. */
  readonly workloads?: readonly Workload[];
  /** HorizontalPodAutoscalers; if absent, there are none. */
  readonly autoscalers?: readonly Autoscaler[];
  /** Gateways of the Gateway API. */
  readonly gateways: readonly MeshGateway[];
  /** If absent, classes are not read, and only those that istiod itself creates are known. */
  readonly gatewayClasses?: readonly GatewayClass[];
  /** If absent, they are not read. */
  readonly listenerSets?: readonly ListenerSet[];
  /** HTTPRoutes and GRPCRoutes. */
  readonly routes: readonly MeshRoute[];
  readonly istioGateways: readonly IstioGateway[];
  readonly virtualServices: readonly VirtualService[];
  readonly destinationRules: readonly DestinationRule[];
  readonly sidecarScopes: readonly SidecarScope[];
  /** Users' EnvoyFilters. */
  readonly envoyFilters: readonly EnvoyFilter[];
  readonly mesh: MeshConfig;
};
