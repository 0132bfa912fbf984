// In: the Plan and the path of the Wasm module. Out: one complete Envoy bootstrap for each proxy of the plan. Pure.
import type { MeshProxy, Plan } from "../../core/plan.ts";
import { clusters } from "./cluster.ts";
import { listeners } from "./listener.ts";
import { adminPort } from "./names.ts";
import type { Message } from "./types.ts";

export type ProxyBootstrap = { readonly pod: string; readonly bootstrap: Message };

/** `filterFile`: where Envoy finds the module; not read here. */
export function renderEnvoy(plan: Plan, filterFile: string): ProxyBootstrap[] {
  return plan.proxies.map((proxy) => ({ pod: proxy.pod, bootstrap: bootstrap(plan, proxy, filterFile) }));
}

function bootstrap(plan: Plan, proxy: MeshProxy, filterFile: string): Message {
  return {
    node: { id: proxy.pod, cluster: proxy.pod },
    admin: { address: { socket_address: { address: "127.0.0.1", port_value: adminPort } } },
    static_resources: { listeners: listeners(plan, proxy, filterFile), clusters: clusters(plan, proxy) },
  };
}
