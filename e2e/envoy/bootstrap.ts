// Makes the smallest Envoy configurations that contain the filter.
import { dirname, join } from "node:path";
import type { FilterConfig } from "@expedite/filter/config/schema.ts";
import { configurationHash } from "@expedite/filter/config/ticks.ts";

type Json = Readonly<Record<string, unknown>>;

export interface Listener {
  readonly name: string;
  /** On 127.0.0.1. */
  readonly port: number;
  /** The filter's configuration as text. Default: no filter. */
  readonly filter?: string;
  /** Instead, a file with the filter as a resource of its own (ECDS). */
  readonly filterFile?: string;
  /** HTTP filters before Expedite's. */
  readonly before?: readonly Json[];
  /** HTTP filters after Expedite's. */
  readonly behind?: readonly Json[];
  /** Routes of the one virtual host, which takes every name. */
  readonly routes: readonly Json[];
  /** Further fields of its route configuration. */
  readonly routeConfiguration?: Json;
  /** Further fields of its connection manager. */
  readonly connectionManager?: Json;
  /** Whether responses carry the level of their request. */
  readonly answersLevel?: boolean;
  readonly transportSocket?: Json;
}

export interface Cluster {
  readonly name: string;
  readonly port: number;
  readonly transportSocket?: Json;
  /** Use HTTP/2 without TLS. */
  readonly http2?: boolean;
  /** Requests that are sent at once at most; others are answered with 503. Default: many. */
  readonly maxRequests?: number;
}

const levelHeader = "x-request-priority";

const type = (name: string): string => `type.googleapis.com/${name}`;

/** filter.wasm, which the set-up compiles. @throws when the program was not started through setup/main.mjs */
export function filterModule(): string {
  const module = process.env.EXPEDITE_FILTER;
  if (module === undefined) throw new Error("EXPEDITE_FILTER is not set: start through npm test");
  return module;
}

/** The module that the control plane gives a proxy with this configuration. */
export function moduleFor(configuration: string): string {
  const hasQueue = configuration.includes('"queue":');
  return hasQueue ? filterModule() : join(dirname(filterModule()), "filter-without-queue.wasm");
}

const text = (value: string): Json => ({ "@type": type("google.protobuf.StringValue"), value });

/** Envoy identifies a VM by name, code and configuration: filters that agree in all three share one VM in each worker. */
export type WasmFilter = {
  /** Of the filter and its VM. */
  readonly name: string;
  readonly code: Json;
  readonly configuration: string;
  /** Absent: that of the route list. */
  readonly rootId?: string | undefined;
};

export function wasmFilter({ name, code, configuration, rootId }: WasmFilter): Json {
  const [own = "", list] = configuration.split("\n");
  // Like routeListId of filter/config/route-list.ts.
  const root_id = rootId ?? (list === undefined ? "" : configurationHash(list));
  const vm = {
    vm_id: name,
    runtime: "envoy.wasm.runtime.v8",
    code: { local: code },
    // Each configuration has a VM of its own; a route list, after the first line, does not create another one.
    configuration: text(own),
  };
  return {
    name,
    typed_config: {
      "@type": type("envoy.extensions.filters.http.wasm.v3.Wasm"),
      config: { name, root_id, vm_config: vm, configuration: text(configuration), fail_open: true },
    },
  };
}

export function expediteFilter(configuration: string): Json {
  return wasmFilter({ name: "expedite", code: { filename: moduleFor(configuration) }, configuration });
}

/** The file for discoveredFilter (ECDS). */
export function filterFile(version: number, configuration: string): Json {
  return filterResource(version, { code: { filename: moduleFor(configuration) }, configuration });
}

/** @param rootId the plugin's root_id. Default: that of the route list */
export function filterResource(version: number, filterOf: Omit<WasmFilter, "name">): Json {
  const filter = wasmFilter({ name: "expedite", ...filterOf });
  return {
    version_info: `${version}`,
    resources: [{ "@type": type("envoy.config.core.v3.TypedExtensionConfig"), ...filter }],
  };
}

export function discoveredFilter(path: string): Json {
  return {
    name: "expedite",
    config_discovery: {
      config_source: { path_config_source: { path } },
      type_urls: [type("envoy.extensions.filters.http.wasm.v3.Wasm")],
    },
  };
}

/** As the product's gateways do it: the response carries the level that the filter left on the request, or the default level. */
export const levelOfRequest: readonly Json[] = ["interactive", `%REQ(${levelHeader})%`].map((value) => ({
  header: { key: levelHeader, value },
  append_action: "OVERWRITE_IF_EXISTS_OR_ADD",
  keep_empty_value: false,
}));

function connectionManager(listener: Listener): Json {
  const router = {
    name: "envoy.filters.http.router",
    typed_config: { "@type": type("envoy.extensions.filters.http.router.v3.Router") },
  };
  return {
    name: "envoy.filters.network.http_connection_manager",
    typed_config: {
      "@type": type("envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager"),
      stat_prefix: listener.name,
      // As in Istio's sidecars: an id that the application forwards is kept.
      preserve_external_request_id: true,
      ...(listener.connectionManager ?? {}),
      route_config: {
        ...(listener.routeConfiguration ?? {}),
        virtual_hosts: [{ name: "all", domains: ["*"], routes: listener.routes }],
        ...(listener.answersLevel === true ? { response_headers_to_add: levelOfRequest } : {}),
      },
      http_filters: [
        ...(listener.before ?? []),
        ...(listener.filter === undefined ? [] : [expediteFilter(listener.filter)]),
        ...(listener.filterFile === undefined ? [] : [discoveredFilter(listener.filterFile)]),
        ...(listener.behind ?? []),
        router,
      ],
    },
  };
}

const address = (port: number): Json => ({ socket_address: { address: "127.0.0.1", port_value: port } });

function listenerResource(listener: Listener): Json {
  const transport = listener.transportSocket === undefined ? {} : { transport_socket: listener.transportSocket };
  return {
    name: listener.name,
    address: address(listener.port),
    filter_chains: [{ filters: [connectionManager(listener)], ...transport }],
  };
}

const http2 = {
  typed_extension_protocol_options: {
    "envoy.extensions.upstreams.http.v3.HttpProtocolOptions": {
      "@type": type("envoy.extensions.upstreams.http.v3.HttpProtocolOptions"),
      explicit_http_config: { http2_protocol_options: { allow_connect: true } },
    },
  },
};

function clusterResource({ name, port, transportSocket, http2: isHttp2, maxRequests }: Cluster): Json {
  const endpoint = { endpoint: { address: address(port) } };
  const many = 10_000;
  const limits = { max_connections: many, max_pending_requests: many, max_requests: maxRequests ?? many };
  return {
    name,
    type: "STATIC",
    load_assignment: { cluster_name: name, endpoints: [{ lb_endpoints: [endpoint] }] },
    circuit_breakers: { thresholds: [limits] },
    ...(transportSocket === undefined ? {} : { transport_socket: transportSocket }),
    ...(isHttp2 === true ? http2 : {}),
  };
}

/** The file for a path_config_source (CDS). */
export function clustersFile(version: number, clusters: readonly Cluster[]): Json {
  const resources = clusters.map((cluster) => ({
    "@type": type("envoy.config.cluster.v3.Cluster"),
    ...clusterResource(cluster),
  }));
  return { version_info: `${version}`, resources };
}

export function bootstrap(listeners: readonly Listener[], clusters: readonly Cluster[] = []): Json {
  return {
    // Named as Istio names a workload: by service and namespace.
    node: { id: "test", cluster: "reviews.bookinfo" },
    static_resources: { listeners: listeners.map(listenerResource), clusters: clusters.map(clusterResource) },
  };
}

/** @param onRequest Lua with the request as `request` */
export function luaFilter(onRequest: string): Json {
  const inline_string = `function envoy_on_request(request)\n${onRequest}\nend`;
  return {
    name: "lua",
    typed_config: {
      "@type": type("envoy.extensions.filters.http.lua.v3.Lua"),
      default_source_code: { inline_string },
    },
  };
}

/** Sends every request to a cluster. */
export function toCluster(cluster: string): Json {
  return { match: { prefix: "/" }, route: { cluster, timeout: "0s" } };
}

function answer(match: Json, route: string): Json {
  const add = (key: string, value: string): Json => ({ header: { key, value }, keep_empty_value: true });
  return {
    match: { prefix: "/", ...match },
    direct_response: { status: 200, body: { inline_string: "ok" } },
    response_headers_to_add: [add("x-seen-level", `%REQ(${levelHeader})%`), add("x-route", route)],
  };
}

/** Answers directly, with the level header that the filter left (x-seen-level) and the route that it chose (x-route). */
export function answerByLevel(levels: readonly string[]): readonly Json[] {
  const routes = levels.map((level) =>
    answer({ headers: [{ name: levelHeader, string_match: { exact: level } }] }, level),
  );
  return [...routes, answer({}, "default")];
}

export const ladder = {
  version: 1,
  header: levelHeader,
  levels: ["interactive", "standard", "batch"],
  defaultLevel: "interactive",
  correlateBy: ["x-request-id", "traceparent", "b3", "x-b3-traceid"],
  trust: "Always",
} as const satisfies Omit<FilterConfig, "role">;

export function filterText(config: Partial<FilterConfig> & Pick<FilterConfig, "role">): string {
  return JSON.stringify({ ...ladder, ...config });
}
