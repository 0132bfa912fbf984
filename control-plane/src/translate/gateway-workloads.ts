// In: Gateways of the Gateway API with the routes that they have. Out: the gateway proxies that classify, and what they choose by level.
import type { MeshRoute } from "../api/mesh-gateway.ts";
import type { PriorityPolicy } from "../api/priority-policy.ts";
import type { GatewayWorkload, RouteChoice } from "../core/plan.ts";
import type { Snapshot } from "../core/snapshot.ts";
import { gatewayClassification } from "./classification.ts";
import type { DivisibleHost } from "./divisible-hosts.ts";
import { hostName } from "./hosts.ts";
import { gatewayNameLabel } from "./pods.ts";
import { isAttached } from "./route-domains.ts";

/** Those with a policy of their own or of one of their routes, those of enrolled namespaces, and those that lead to enrolled hosts. */
export function gatewayWorkloads(
  snapshot: Snapshot,
  policies: readonly PriorityPolicy[],
  enrolled: ReadonlySet<string>,
  hosts: ReadonlyMap<string, DivisibleHost>,
): readonly GatewayWorkload[] {
  if (snapshot.ladder.spec.mode === "Off") return [];
  return snapshot.gateways
    .filter(({ spec }) => spec.gatewayClassName === undefined || spec.gatewayClassName === "istio")
    .flatMap((gateway): GatewayWorkload[] => {
      const { name, namespace } = gateway.metadata;
      const routes = snapshot.routes.filter((route) =>
        gateway.spec.listeners.some((listener) => isAttached(route, gateway, listener)),
      );
      const classification = gatewayClassification(policies, gateway, routes);
      const choices = routes.flatMap((route) => choicesOf(route, hosts));
      const isOurs = enrolled.has(namespace) || classification.rules.length > 0 || choices.length > 0;
      return isOurs ? [{ name, namespace, selector: { [gatewayNameLabel]: name }, classification, choices }] : [];
    })
    .sort((a, b) => (`${a.namespace} ${a.name}` < `${b.namespace} ${b.name}` ? -1 : 1));
}

/** One backend: a rule that splits its requests keeps them together. Names as istiod makes them (config/kube/gateway). */
function choicesOf({ metadata, spec }: MeshRoute, hosts: ReadonlyMap<string, DivisibleHost>): RouteChoice[] {
  return spec.rules.flatMap((rule, index): RouteChoice[] => {
    const [backend, ...others] = rule.backendRefs;
    if (backend === undefined || others.length > 0 || backend.kind !== "Service" || backend.group !== "") return [];
    const host = hosts.get(hostName(backend.namespace ?? metadata.namespace, backend.name));
    if (host === undefined || backend.port === undefined || !host.ports.includes(backend.port)) return [];
    if (host.levels.length === 0) return [];
    const route = rule.name ?? `${metadata.namespace}.${metadata.name}.${index}`;
    const { port } = backend;
    return [
      { virtualHost: { host: host.host, port }, route, destination: { host: host.host, port, levels: host.levels } },
    ];
  });
}
