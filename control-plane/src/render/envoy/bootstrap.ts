// Makes one complete Envoy bootstrap for each proxy of the plan. Pure.
import type { EnvoyPlan, MeshProxy } from "../../core/plan.ts";
import type { Message } from "../xds/message.ts";
import { adminPort } from "../xds/names.ts";
import { internalListeners, queueOf } from "../xds/queue.ts";
import { clusters } from "./cluster.ts";
import { listeners } from "./listener.ts";

/** `name`: the pod's name, after that of its namespace. */
type ProxyBootstrap = { readonly name: string; readonly pod: string; readonly bootstrap: Message };

/** `filterFile`: where Envoy finds the module; not read here. */
export function renderEnvoy(plan: EnvoyPlan, filterFile: string): ProxyBootstrap[] {
  return plan.proxies.map((proxy) => ({
    name: `${proxy.namespace}.${proxy.pod}`,
    pod: proxy.pod,
    bootstrap: bootstrap(plan, proxy, filterFile),
  }));
}

/** What the plan asks for and these proxies cannot do. */
export function limits(plan: EnvoyPlan): string[] {
  const unverified = plan.proxies.filter(
    (proxy) => proxy.role === "sidecar" && proxy.classification.trust === "Mesh" && plan.mode !== "Disabled",
  );
  const pods = unverified.map((proxy) => `${proxy.namespace}/${proxy.pod}`).join(", ");
  return unverified.length === 0
    ? []
    : [
        `trust is Mesh at ${pods}, and proxies rendered here have no mutual TLS: levels from their peers are stripped; to believe all peers, set trust: Always in a PriorityPolicy of the namespace`,
      ];
}

function bootstrap(plan: EnvoyPlan, proxy: MeshProxy, filterFile: string): Message {
  return {
    node: { id: proxy.pod, cluster: proxy.pod },
    admin: { address: { socket_address: { address: "127.0.0.1", port_value: adminPort } } },
    ...(queueOf(proxy) === undefined ? {} : internalListeners),
    static_resources: { listeners: listeners(plan, proxy, filterFile), clusters: clusters(plan, proxy) },
  };
}
