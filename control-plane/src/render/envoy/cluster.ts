// Makes the clusters of a plain Envoy: the application's ports; and for each host the original, one per level, and one aggregate per level.
import type { Endpoint, EnvoyPlan, Host, Level, MeshProxy } from "../../core/plan.ts";
import { aggregate, unlimited } from "../xds/aggregate.ts";
import type { Message } from "../xds/message.ts";
import { aggregateCluster, inboundCluster, levelCluster, originalCluster } from "../xds/names.ts";
import { queueCluster, queueOf } from "../xds/queue.ts";
import { markedBy } from "../xds/socket-options.ts";

export function clusters(plan: EnvoyPlan, proxy: MeshProxy): Message[] {
  if (proxy.role === "sidecar") {
    const inbound = proxy.ports.map((port) => fixed(inboundCluster(port), [{ address: "127.0.0.1", port }]));
    const waiting = queueOf(proxy) === undefined ? [] : [queueCluster];
    return [...inbound, ...waiting, ...plan.hosts.flatMap((host) => hostClusters(plan, host))];
  }
  const backends = proxy.listeners
    .flatMap((listener) => listener.virtualHosts)
    .flatMap((virtualHost) => virtualHost.routes)
    .map((route) => originalCluster(route.backend));
  return plan.hosts
    .filter((host) => backends.includes(originalCluster(host)))
    .flatMap((host) => hostClusters(plan, host));
}

function hostClusters(plan: EnvoyPlan, host: Host): Message[] {
  const original = fixed(originalCluster(host), host.endpoints);
  return plan.mode !== "Enforce"
    ? [original]
    : [original, ...plan.levels.flatMap((level) => levelClusters(host, level))];
}

/** The level's own connections, marked; and the aggregate that falls through to the original at once if they have no endpoint. */
function levelClusters(host: Host, level: Level): Message[] {
  const endpoints = host.dedicated[level.name] ?? host.endpoints;
  return [
    {
      ...fixed(levelCluster(host, level.name), endpoints),
      upstream_bind_config: markedBy(
        level.dscp,
        endpoints.flatMap(({ address, otherAddresses = [] }) => [address, ...otherAddresses]),
      ),
    },
    aggregate(aggregateCluster(host, level.name), [levelCluster(host, level.name), originalCluster(host)]),
  ];
}

function fixed(name: string, endpoints: readonly Endpoint[]): Message {
  const addresses = endpoints.map(({ address, port, otherAddresses = [] }) => {
    const at = (one: string): Message => ({ address: { socket_address: { address: one, port_value: port } } });
    const others = otherAddresses.length === 0 ? {} : { additional_addresses: otherAddresses.map(at) };
    return { endpoint: { ...at(address), ...others } };
  });
  return {
    name,
    type: "STATIC",
    connect_timeout: "10s",
    circuit_breakers: {
      thresholds: [
        {
          max_connections: unlimited,
          max_pending_requests: unlimited,
          max_requests: unlimited,
          max_retries: unlimited,
        },
      ],
    },
    load_assignment: { cluster_name: name, endpoints: [{ lb_endpoints: addresses }] },
  };
}
