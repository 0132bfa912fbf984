// In: a classification and the module. Out: the patches that put the filter into a proxy's HTTP connection managers.

import type { RouteList } from "@expedite/filter/config/route-list.ts";
import type { FilterConfig } from "@expedite/filter/config/schema.ts";
import { digest } from "../../core/digest.ts";
import type { Classification, Plan } from "../../core/plan.ts";
import { filterConfig, wasm } from "../xds/filter.ts";
import { any, type Message } from "../xds/message.ts";
import { type ConfigPatch, type Context, configPatch } from "./envoy-filter.ts";

export type Module = {
  /** filter.wasm in base64. */
  readonly base64: string;
  /** Digest of its bytes: another module starts other VMs. */
  readonly digest: string;
};

export function moduleOf(bytes: Uint8Array): Module {
  return { base64: Buffer.from(bytes).toString("base64"), digest: digest(bytes) };
}

/** Of each role the connection managers it belongs to. */
const contexts = {
  inbound: "SIDECAR_INBOUND",
  outbound: "SIDECAR_OUTBOUND",
  gateway: "GATEWAY",
} as const satisfies Record<FilterConfig["role"], Context>;

const connectionManager = "envoy.filters.network.http_connection_manager";

function beside(filter: string): Message {
  return { listener: { filterChain: { filter: { name: connectionManager, subFilter: { name: filter } } } } };
}

export const filterName = (role: FilterConfig["role"]): string => `expedite-${role}`;

/**
 * Behind everything that authenticates: rules may ask for claims and principals.
 * @param list where requests take clusters of their level; absent: nowhere
 */
export function filterPatches(
  plan: Plan,
  role: FilterConfig["role"],
  classification: Classification,
  module: Module,
  list?: RouteList,
): readonly ConfigPatch[] {
  const name = filterName(role);
  const { levelClusters, clusterDomain } = plan;
  const level = list === undefined ? {} : { levelClusters: [...levelClusters], clusterDomain };
  const config = { ...filterConfig(plan, role, classification), ...level };
  const router = beside("envoy.filters.http.router");
  return [
    extension(config, module, name, list),
    configPatch("HTTP_FILTER", contexts[role], router, "INSERT_BEFORE", discovered(name)),
    ...(list === undefined ? [] : [configPatch("HTTP_FILTER", contexts[role], beside(name), "INSERT_BEFORE", lookUp)]),
  ];
}

/** Another classification for workloads of a namespace whose filter is there already: the inbound filter gives way to one of its own. */
export function replacedFilter(plan: Plan, classification: Classification, module: Module): readonly ConfigPatch[] {
  const key = digest(JSON.stringify(classification), 8);
  const name = `${filterName("inbound")}-${key}`;
  return [
    extension(filterConfig(plan, "inbound", classification), module, name),
    configPatch("HTTP_FILTER", contexts.inbound, beside(filterName("inbound")), "REPLACE", discovered(name)),
  ];
}

const passThrough = any("envoy.extensions.filters.http.rbac.v3.RBAC", {});

/**
 * Ours asks for the request's cluster, and Envoy answers with that of the last route that somebody looked up: who rewrites the
 * request's authority makes Envoy forget the route, and not what it answers. This one looks the route up, and does nothing else.
 */
const lookUpName = "expedite-route";
const lookUp: Message = { name: lookUpName, typed_config: passThrough };

/** For workloads that opted out. */
export const removedFilters: readonly ConfigPatch[] = [
  configPatch("HTTP_FILTER", contexts.inbound, beside(filterName("inbound")), "REMOVE"),
  configPatch("HTTP_FILTER", contexts.outbound, beside(lookUpName), "REMOVE"),
  configPatch("HTTP_FILTER", contexts.outbound, beside(filterName("outbound")), "REMOVE"),
];

/** The response tells a gateway's client the level of its request, whatever the upstream wrote. */
export function levelOnResponses(header: string): ConfigPatch {
  return configPatch("ROUTE_CONFIGURATION", "GATEWAY", {}, "MERGE", {
    response_headers_to_add: [
      {
        header: { key: header, value: `%REQ(${header})%` },
        append_action: "OVERWRITE_IF_EXISTS_OR_ADD",
        keep_empty_value: false,
      },
    ],
  });
}

/** A gateway that believes nobody's level removes it in Envoy itself: a filter that is missing lets none pass. */
export function stripped(header: string): ConfigPatch {
  const mutation = "envoy.extensions.http.early_header_mutation.header_mutation.v3.HeaderMutation";
  const value = {
    typed_config: any("envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager", {
      early_header_mutation_extensions: [
        {
          name: "envoy.http.early_header_mutation.header_mutation",
          typed_config: any(mutation, { mutations: [{ remove: header }] }),
        },
      ],
    }),
  };
  const match = { listener: { filterChain: { filter: { name: connectionManager } } } };
  return configPatch("NETWORK_FILTER", "GATEWAY", match, "MERGE", value);
}

function extension(config: FilterConfig, { base64, digest }: Module, name: string, list?: RouteList): ConfigPatch {
  const value = { name, typed_config: wasm(config, { inline_bytes: base64 }, digest, list) };
  return configPatch("EXTENSION_CONFIG", contexts[config.role], {}, "ADD", value);
}

/** By ECDS, with a filter that lets everything pass for a proxy that can't have ours (docs/operations/filter-failures.md). */
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
