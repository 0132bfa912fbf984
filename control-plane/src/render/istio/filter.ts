// Makes the patches that put the filter into a proxy's HTTP connection managers.
import { queueRootId } from "@expedite/filter/config/queue.ts";
import type { RouteList } from "@expedite/filter/config/route-list.ts";
import type { FilterConfig } from "@expedite/filter/config/schema.ts";
import { digest } from "../../core/digest.ts";
import type { Classification, Plan, QueueSettings } from "../../core/plan.ts";
import { filterConfig, type Inbound, wasm } from "../xds/filter.ts";
import { removedFromRequests, writtenToResponses } from "../xds/level-header.ts";
import { any, type Message } from "../xds/message.ts";
import { filterName } from "../xds/names.ts";
import { ownHeadersRemoved } from "../xds/own-headers.ts";
import { queueCluster, queueFilters, queueListener } from "../xds/queue.ts";
import { routeTimeoutOnRequests } from "../xds/timeout-header.ts";
import { type ConfigPatch, type Context, configPatch } from "./envoy-filter.ts";

/** The filter: with a request queue, and without for proxies that have none. Both in base64. */
export type Module = {
  readonly withQueue: string;
  readonly withoutQueue: string;
  /** Of the bytes of both: another module starts new VMs. */
  readonly digest: string;
};

/** `withoutQueue`: absent if one module is for all proxies. */
export function moduleOf(withQueue: Uint8Array, withoutQueue = withQueue): Module {
  const [first, second] = [withQueue, withoutQueue].map((bytes) => Buffer.from(bytes).toString("base64"));
  return { withQueue: first!, withoutQueue: second!, digest: digest(`${first} ${second}`) };
}

/** For each role, the connection managers it belongs to. */
const contexts = {
  inbound: "SIDECAR_INBOUND",
  outbound: "SIDECAR_OUTBOUND",
  gateway: "GATEWAY",
} as const satisfies Record<FilterConfig["role"], Context>;

const connectionManager = "envoy.filters.network.http_connection_manager";

function beside(filter: string): Message {
  return { listener: { filterChain: { filter: { name: connectionManager, subFilter: { name: filter } } } } };
}

type FilterOptions = {
  readonly role: FilterConfig["role"];
  readonly classification: Classification;
  readonly module: Module;
  /** Routes whose requests take clusters of their level; absent: none. */
  readonly list?: RouteList | undefined;
};

/** After everything that authenticates, because rules may ask for claims and principals. */
export function filterPatches(
  plan: Plan,
  { role, classification, module, list }: FilterOptions,
): readonly ConfigPatch[] {
  const context = contexts[role];
  const name = filterName(role);
  const { levelClusters, clusterDomain } = plan;
  const level = list === undefined ? {} : { levelClusters: [...levelClusters], clusterDomain };
  const config = { ...filterConfig(plan, role, { classification }), ...level };
  const router = beside("envoy.filters.http.router");
  return [
    extension(config, { module, name, list }),
    configPatch({
      ...{ applyTo: "HTTP_FILTER", context, match: router },
      ...{ operation: "INSERT_BEFORE", value: discovered(name) },
    }),
    ...(list === undefined ? [] : [lookUpBefore(name, context)]),
    ...(config.deadlines === undefined || role === "inbound" ? [] : [ofRoutes(context, routeTimeoutOnRequests)]),
    ...(plan.mode === "Enforce" && role === "inbound" ? [ofRoutes(context, ownHeadersRemoved(plan))] : []),
  ];
}

function ofRoutes(context: Context, value: Message): ConfigPatch {
  return configPatch({ applyTo: "ROUTE_CONFIGURATION", context, operation: "MERGE", value });
}

/**
 * Another classification, or a queue, for workloads of a namespace that already has the filter: it replaces the inbound filter. A queue's
 * filters come behind it.
 */
export function replacedFilter(plan: Plan, { classification, queue }: Inbound, module: Module): readonly ConfigPatch[] {
  const key = digest(JSON.stringify(queue === undefined ? classification : [classification, queue]), 8);
  const name = filterName("inbound", key);
  const context = contexts.inbound;
  const config = filterConfig(plan, "inbound", { classification, queue });
  return [
    extension(config, { module, name }),
    configPatch({
      ...{ applyTo: "HTTP_FILTER", context, match: beside(filterName("inbound")) },
      ...{ operation: "REPLACE", value: discovered(name) },
    }),
    ...(queue === undefined ? [] : queuePatches(config, { queue, module, name })),
  ];
}

type QueuePlace = { readonly queue: QueueSettings; readonly module: Module; readonly name: string };

/** The internal listener has the filter in the same VM, as a plugin of its own. */
function queuePatches(config: FilterConfig, { queue, module, name }: QueuePlace): readonly ConfigPatch[] {
  const context = contexts.inbound;
  const place = `${name}-place`;
  const behind = queueFilters(queue).map((value, index, all) =>
    configPatch({
      ...{ applyTo: "HTTP_FILTER", context, operation: "INSERT_AFTER", value },
      match: beside(index === 0 ? name : (all[index - 1]?.name as string)),
    }),
  );
  return [
    extension(config, { module, name: place, rootId: queueRootId }),
    ...behind,
    configPatch({ applyTo: "CLUSTER", context, operation: "ADD", value: queueCluster }),
    configPatch({ applyTo: "LISTENER", context, operation: "ADD", value: queueListener(discovered(place)) }),
  ];
}

const passThrough = any("envoy.extensions.filters.http.rbac.v3.RBAC", {});

/**
 * The filter asks for the request's cluster, and Envoy answers with that of the last route that was looked up: a filter that rewrites the
 * request's authority makes Envoy forget the route, but not that answer. This filter looks the route up, and does nothing else.
 */
const lookUpName = "expedite-route";
const lookUp: Message = { name: lookUpName, typed_config: passThrough };

function lookUpBefore(filter: string, context: Context): ConfigPatch {
  const match = beside(filter);
  return configPatch({ applyTo: "HTTP_FILTER", context, match, operation: "INSERT_BEFORE", value: lookUp });
}

function removed(filter: string, context: Context): ConfigPatch {
  return configPatch({ applyTo: "HTTP_FILTER", context, match: beside(filter), operation: "REMOVE" });
}

/** For workloads that opted out. */
export const removedFilters: readonly ConfigPatch[] = [
  removed(filterName("inbound"), contexts.inbound),
  removed(lookUpName, contexts.outbound),
  removed(filterName("outbound"), contexts.outbound),
];

export function levelOnResponses(plan: Plan): ConfigPatch {
  return ofRoutes("GATEWAY", writtenToResponses(plan));
}

/** A gateway that trusts nobody's level removes it in Envoy itself, so that none passes while the filter is missing. */
export function stripped(header: string): ConfigPatch {
  const manager = "envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager";
  const value = { typed_config: any(manager, removedFromRequests(header)) };
  const match = { listener: { filterChain: { filter: { name: connectionManager } } } };
  return configPatch({ applyTo: "NETWORK_FILTER", context: "GATEWAY", match, operation: "MERGE", value });
}

type Extension = {
  readonly module: Module;
  readonly name: string;
  readonly list?: RouteList | undefined;
  readonly rootId?: string;
};

function extension(config: FilterConfig, { module, name, list, rootId }: Extension): ConfigPatch {
  const code = { inline_bytes: config.queue === undefined ? module.withoutQueue : module.withQueue };
  const value = { name, typed_config: wasm(config, { code, generation: module.digest, list, rootId }) };
  return configPatch({ applyTo: "EXTENSION_CONFIG", context: contexts[config.role], operation: "ADD", value });
}

/**
 * Delivered by ECDS, with a default filter that lets everything pass for a proxy that cannot load this one
 * (docs/operations/filter-failures.md).
 */
function discovered(name: string): Message {
  return {
    name,
    config_discovery: {
      config_source: { ads: {}, initial_fetch_timeout: "2s", resource_api_version: "V3" },
      default_config: passThrough,
      type_urls: ["type.googleapis.com/envoy.extensions.filters.http.wasm.v3.Wasm", passThrough["@type"]],
    },
  };
}
