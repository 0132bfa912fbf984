// Makes the cluster that represents several others: requests go to the first of them that has an endpoint.
import { any, type Message } from "./message.ts";

/** Envoy's default limits would refuse requests under load (1024) and retries (3); Istio lifts them in the same way. */
export const unlimited = 4294967295;

export function aggregate(name: string, members: readonly string[]): Message {
  return {
    name,
    connect_timeout: "10s",
    lb_policy: "CLUSTER_PROVIDED",
    // Envoy counts retries here, not at the members: its default limit would let failures through to the client.
    circuit_breakers: { thresholds: [{ max_retries: unlimited }] },
    cluster_type: {
      name: "envoy.clusters.aggregate",
      typed_config: any("envoy.extensions.clusters.aggregate.v3.ClusterConfig", { clusters: members }),
    },
  };
}
