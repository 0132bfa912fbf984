// Makes what a proxy needs so that requests can wait in Envoy's own filters instead of the VM: for a request that has to wait, ext_authz asks
// an internal listener of the same worker, which answers when the request's turn comes (docs/adr/0046-the-request-queue.md).
import { queueTicket } from "@expedite/filter/config/queue.ts";
import type { MeshProxy, QueueSettings } from "../../core/plan.ts";
import { unlimited } from "./aggregate.ts";
import { any, type Message } from "./message.ts";

/** Names the internal listener, its cluster, and the filter that asks it. */
const queueName = "expedite-queue";
const ticketName = "expedite-queue-ticket";

/** Milliseconds after its longest wait for which a request that the filter has forgotten, because its VM trapped, waits. */
const grace = 1000;

/** Only a sidecar has one. */
export function queueOf(proxy: MeshProxy): QueueSettings | undefined {
  return proxy.role === "sidecar" ? proxy.queue : undefined;
}

/** Requests only reach the second filter, and so wait, if the first has found the header. */
export function queueFilters({ levels }: QueueSettings): readonly Message[] {
  const longest = Math.max(...levels.map(({ maxWait }) => maxWait)) + grace;
  const found = { metadata_namespace: queueName, key: "ticket" };
  return [
    {
      name: ticketName,
      typed_config: any("envoy.extensions.filters.http.header_to_metadata.v3.Config", {
        request_rules: [{ header: queueTicket, on_header_present: found }],
      }),
    },
    {
      name: queueName,
      typed_config: any("envoy.extensions.filters.http.ext_authz.v3.ExtAuthz", {
        stat_prefix: queueName,
        transport_api_version: "V3",
        filter_enabled_metadata: {
          filter: queueName,
          path: [{ key: "ticket" }],
          value: { present_match: true },
        },
        http_service: {
          server_uri: { uri: `http://${queueName}`, cluster: queueName, timeout: `${longest / 1000}s` },
        },
        allowed_headers: { patterns: [{ exact: queueTicket }] },
        // Whatever goes wrong, the request passes.
        failure_mode_allow: true,
      }),
    },
  ];
}

export const queueCluster: Message = {
  name: queueName,
  type: "STATIC",
  load_assignment: {
    cluster_name: queueName,
    endpoints: [
      {
        lb_endpoints: [{ endpoint: { address: { envoy_internal_address: { server_listener_name: queueName } } } }],
      },
    ],
  },
  circuit_breakers: {
    thresholds: [{ max_connections: unlimited, max_pending_requests: unlimited, max_requests: unlimited }],
  },
  // One connection for all that wait.
  typed_extension_protocol_options: {
    "envoy.extensions.upstreams.http.v3.HttpProtocolOptions": any(
      "envoy.extensions.upstreams.http.v3.HttpProtocolOptions",
      { explicit_http_config: { http2_protocol_options: {} } },
    ),
  },
};

/** @param filter the filter with the workload's inbound configuration and `queueRootId`, so that it runs in the same VM */
export function queueListener(filter: Message): Message {
  return {
    name: queueName,
    internal_listener: {},
    traffic_direction: "INBOUND",
    filter_chains: [
      {
        filters: [
          {
            name: "envoy.filters.network.http_connection_manager",
            typed_config: any("envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager", {
              stat_prefix: queueName,
              codec_type: "HTTP2",
              generate_request_id: false,
              // A request may wait longer than Envoy's default of five minutes.
              stream_idle_timeout: "0s",
              route_config: {
                name: queueName,
                virtual_hosts: [
                  {
                    name: queueName,
                    domains: ["*"],
                    routes: [{ match: { prefix: "/" }, direct_response: { status: 200 } }],
                  },
                ],
              },
              http_filters: [
                filter,
                {
                  name: "envoy.filters.http.router",
                  typed_config: any("envoy.extensions.filters.http.router.v3.Router", {}),
                },
              ],
            }),
          },
        ],
      },
    ],
  };
}

/** For a bootstrap that is not Istio's, which has it. */
export const internalListeners: Message = {
  bootstrap_extensions: [
    {
      name: "envoy.bootstrap.internal_listener",
      typed_config: any("envoy.extensions.bootstrap.internal_listener.v3.InternalListener", {}),
    },
  ],
};
