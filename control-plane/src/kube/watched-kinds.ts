// The kinds that are watched: what is kept of an object, and how it is read.
import type { z } from "zod";
import { destinationRule, envoyFilter, istioGateway, sidecar, virtualService } from "../api/istio.ts";
import { namespace, pod, service } from "../api/kubernetes.ts";
import { gatewayClass, meshGateway, meshRoute } from "../api/mesh-gateway.ts";
import { priorityLadder } from "../api/priority-ladder.ts";
import { priorityPolicy } from "../api/priority-policy.ts";

/** An object as the API server gives it; items of a list come without their kind. */
export type RawObject = {
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly uid?: string;
    readonly generation?: number;
    readonly resourceVersion: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
    readonly creationTimestamp?: string;
    readonly deletionTimestamp?: string;
  };
  readonly spec?: Readonly<Record<string, unknown>>;
  readonly status?: Readonly<Record<string, unknown>>;
  readonly data?: Readonly<Record<string, string>>;
};

export type WatchedKind = {
  readonly apiVersion: string;
  readonly kind: string;
  readonly path: string;
  readonly schema: z.ZodType;
  /** Fields of spec and status that are kept; absent: all of spec. */
  readonly keep?: (raw: RawObject) => Pick<RawObject, "spec" | "status">;
};

const gatewayApi = "gateway.networking.k8s.io/v1";
const istio = "networking.istio.io/v1";
const ours = "expedite.dev/v1alpha1";

function at(
  apiVersion: string,
  kind: string,
  plural: string,
  schema: z.ZodType,
  keep?: WatchedKind["keep"],
): WatchedKind {
  const root = apiVersion.includes("/") ? "/apis" : "/api";
  return { apiVersion, kind, path: `${root}/${apiVersion}/${plural}`, schema, ...(keep === undefined ? {} : { keep }) };
}

/** Ten thousand of them have to stay small: their containers and addresses are istiod's to tell the proxies. */
function leanPod({ status }: RawObject): Pick<RawObject, "spec" | "status"> {
  const unready = ((status?.conditions ?? []) as readonly Readonly<Record<string, unknown>>[])
    .filter((condition) => condition.type === "Ready" && condition.status === "False")
    .map(({ type, status: value }) => ({ type, status: value }));
  const conditions = unready.length === 0 ? {} : { conditions: unready };
  const { podIP, podIPs } = status ?? {};
  return { spec: {}, status: { podIP, ...(podIPs === undefined ? {} : { podIPs }), ...conditions } };
}

/** What it inserts is nobody's business here, and may be large. */
function routePatches({ spec }: RawObject): Pick<RawObject, "spec"> {
  const patches = (spec?.configPatches ?? []) as readonly Readonly<Record<string, unknown>>[];
  const kept = patches.filter(({ applyTo }) => applyTo === "HTTP_ROUTE");
  return {
    spec: { configPatches: kept.map(({ applyTo, match, patch }) => ({ applyTo, match, patch: operationOf(patch) })) },
  };
}

function operationOf(patch: unknown): Readonly<Record<string, unknown>> {
  const { operation } = (patch ?? {}) as Readonly<Record<string, unknown>>;
  return operation === undefined ? {} : { operation };
}

export const watchedKinds = {
  ladders: at(ours, "PriorityLadder", "priorityladders", priorityLadder),
  policies: at(ours, "PriorityPolicy", "prioritypolicies", priorityPolicy),
  namespaces: at("v1", "Namespace", "namespaces", namespace, () => ({})),
  services: at("v1", "Service", "services", service),
  pods: at("v1", "Pod", "pods", pod, leanPod),
  gatewayClasses: at(gatewayApi, "GatewayClass", "gatewayclasses", gatewayClass),
  gateways: at(gatewayApi, "Gateway", "gateways", meshGateway),
  httpRoutes: at(gatewayApi, "HTTPRoute", "httproutes", meshRoute),
  grpcRoutes: at(gatewayApi, "GRPCRoute", "grpcroutes", meshRoute),
  istioGateways: at(istio, "Gateway", "gateways", istioGateway),
  virtualServices: at(istio, "VirtualService", "virtualservices", virtualService),
  destinationRules: at(istio, "DestinationRule", "destinationrules", destinationRule),
  sidecarScopes: at(istio, "Sidecar", "sidecars", sidecar),
  envoyFilters: at("networking.istio.io/v1alpha3", "EnvoyFilter", "envoyfilters", envoyFilter, routePatches),
} as const satisfies Readonly<Record<string, WatchedKind>>;
