// Makes the Envoy bootstrap with the bench's listeners. Those that answer directly all choose among the same routes by the level header, so
// that they differ only in their filters; the others send requests to an upstream, which is a listener of the same Envoy.
import { bootstrap, type Cluster, type Listener, ladder, levelOfRequest, wasmFilter } from "../envoy/bootstrap.ts";
import { routedConfiguration, upstreamClusters, upstreams } from "./routed.ts";

export type Json = Readonly<Record<string, unknown>>;

export interface BenchListener {
  readonly name: string;
  /** On 127.0.0.1. */
  readonly port: number;
  /** The filters before the router. */
  readonly filters: readonly Json[];
  /** The route configuration also puts the level on the response, as the control plane renders it. */
  readonly levelOnResponse: boolean;
  /** Requests go to an upstream. */
  readonly isRouted?: boolean;
}

const type = (name: string): string => `type.googleapis.com/${name}`;

/** A filter that runs one of the bench's own modules. */
export const moduleFilter = (code: Json): Json => wasmFilter({ name: "bench", code, configuration: "" });

function route(headers: readonly Json[], name: string): Json {
  return {
    match: { prefix: "/", ...(headers.length === 0 ? {} : { headers }) },
    direct_response: { status: 200, body: { inline_string: "ok" } },
    response_headers_to_add: [{ header: { key: "x-route", value: name } }],
  };
}

const routes = [
  ...ladder.levels.map((level) => route([{ name: ladder.header, string_match: { exact: level } }], level)),
  route([], "default"),
];

function listener({ name, port, filters, levelOnResponse, isRouted }: BenchListener): Json {
  const router = {
    name: "envoy.filters.http.router",
    typed_config: { "@type": type("envoy.extensions.filters.http.router.v3.Router") },
  };
  const manager = {
    name: "envoy.filters.network.http_connection_manager",
    typed_config: {
      "@type": type("envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager"),
      stat_prefix: name,
      preserve_external_request_id: true,
      route_config: {
        virtual_hosts: [{ name: "all", domains: ["*"], routes }],
        ...(isRouted ? routedConfiguration : {}),
        ...(levelOnResponse ? { response_headers_to_add: levelOfRequest } : {}),
      },
      http_filters: [...filters, router],
    },
  };
  const address = { socket_address: { address: "127.0.0.1", port_value: port } };
  return { name, address, filter_chains: [{ filters: [manager] }] };
}

export function benchBootstrap(listeners: readonly BenchListener[]): Json {
  const behind: readonly Listener[] = listeners.some(({ isRouted }) => isRouted) ? upstreams : [];
  const clusters: readonly Cluster[] = behind.length === 0 ? [] : upstreamClusters;
  const { static_resources } = bootstrap(behind, clusters) as {
    static_resources: { listeners: Json[]; clusters: Json[] };
  };
  return {
    static_resources: { ...static_resources, listeners: [...listeners.map(listener), ...static_resources.listeners] },
  };
}
