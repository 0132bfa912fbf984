// Lists the kinds that are watched: what is kept of an object, and how it is read.
import type { z } from "zod";
import { destinationRule, envoyFilter, istioGateway, sidecar, virtualService } from "../api/istio.ts";
import { autoscaler, namespace, pod, service, workload } from "../api/kubernetes.ts";
import { gatewayClass, listenerSet, meshGateway, meshRoute } from "../api/mesh-gateway.ts";
import { priorityLadder } from "../api/priority-ladder.ts";
import { priorityPolicy } from "../api/priority-policy.ts";
import { requestQueue } from "../api/request-queue.ts";
import { type Resource, resources } from "./resources.ts";

/** An object as the API server returns it; items of a list do not contain their kind. */
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
};

export type WatchedKind = {
  readonly resource: Resource;
  readonly schema: z.ZodType;
  /** The parts of spec and status that are kept; absent: all of spec. `metadata`: other fields than those that are always kept. */
  readonly keep?: (raw: RawObject) => Pick<RawObject, "spec" | "status"> & { readonly metadata?: object };
};

/** There may be ten thousand, so only what translate reads is kept. */
function leanPod({ status }: RawObject): Pick<RawObject, "spec" | "status"> {
  const unready = ((status?.conditions ?? []) as readonly Readonly<Record<string, unknown>>[])
    .filter((condition) => condition.type === "Ready" && condition.status !== "True")
    .map(({ type, status: value }) => ({ type, status: value }));
  const conditions = unready.length === 0 ? {} : { conditions: unready };
  const { podIP, podIPs } = status ?? {};
  return { spec: {}, status: { podIP, ...(podIPs === undefined ? {} : { podIPs }), ...conditions } };
}

/** The template of the pods, which is most of it, is not read. */
function selectorOf({ spec }: RawObject): Pick<RawObject, "spec"> {
  return { spec: { selector: spec?.selector } };
}

/** Its status changes every few seconds and is not read. */
function scaled({ spec }: RawObject): Pick<RawObject, "spec"> {
  const { scaleTargetRef, metrics } = spec ?? {};
  return { spec: { scaleTargetRef, ...(metrics === undefined ? {} : { metrics }) } };
}

/** What a patch inserts is not read, and may be large. */
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
  ladders: { resource: resources.ladders, schema: priorityLadder },
  policies: { resource: resources.policies, schema: priorityPolicy },
  queues: { resource: resources.queues, schema: requestQueue },
  namespaces: { resource: resources.namespaces, schema: namespace, keep: () => ({}) },
  services: { resource: resources.services, schema: service },
  pods: { resource: resources.pods, schema: pod, keep: leanPod },
  deployments: { resource: resources.workloadDeployments, schema: workload, keep: selectorOf },
  statefulSets: { resource: resources.statefulSets, schema: workload, keep: selectorOf },
  daemonSets: { resource: resources.daemonSets, schema: workload, keep: selectorOf },
  autoscalers: { resource: resources.autoscalers, schema: autoscaler, keep: scaled },
  gatewayClasses: { resource: resources.gatewayClasses, schema: gatewayClass },
  gateways: { resource: resources.gateways, schema: meshGateway },
  listenerSets: { resource: resources.listenerSets, schema: listenerSet },
  httpRoutes: { resource: resources.httpRoutes, schema: meshRoute },
  grpcRoutes: { resource: resources.grpcRoutes, schema: meshRoute },
  istioGateways: { resource: resources.istioGateways, schema: istioGateway },
  virtualServices: { resource: resources.virtualServices, schema: virtualService },
  destinationRules: { resource: resources.destinationRules, schema: destinationRule },
  sidecarScopes: { resource: resources.sidecarScopes, schema: sidecar },
  envoyFilters: { resource: resources.envoyFilters, schema: envoyFilter, keep: routePatches },
} as const satisfies Readonly<Record<string, WatchedKind>>;
