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
      const choices = routes.flatMap((route) => choicesOf(route, hosts)).filter(hasOwnName(routes));
      const isOurs = enrolled.has(namespace) || classification.rules.length > 0 || choices.length > 0;
      return isOurs ? [{ name, namespace, selector: { [gatewayNameLabel]: name }, classification, choices }] : [];
    })
    .sort((a, b) => (`${a.namespace} ${a.name}` < `${b.namespace} ${b.name}` ? -1 : 1));
}

/** A patch by name reaches every route of that name, and users name their rules as they like. */
function hasOwnName(routes: readonly MeshRoute[]): (choice: RouteChoice) => boolean {
  const names = routes.flatMap((route) => route.spec.rules.map((_, index) => routeName(route, index)));
  const twice = new Set(names.filter((name, index) => names.indexOf(name) < index));
  return ({ route }) => route === undefined || !twice.has(route);
}

/** As istiod makes it (config/kube/gateway). */
function routeName({ metadata, spec }: MeshRoute, index: number): string {
  return spec.rules[index]?.name ?? `${metadata.namespace}.${metadata.name}.${index}`;
}

/** One backend: a rule that splits its requests keeps them together. */
function choicesOf(route: MeshRoute, hosts: ReadonlyMap<string, DivisibleHost>): RouteChoice[] {
  const { metadata, spec } = route;
  return spec.rules.flatMap((rule, index): RouteChoice[] => {
    const [backend, ...others] = rule.backendRefs;
    if (backend === undefined || others.length > 0 || backend.kind !== "Service" || backend.group !== "") return [];
    // What leads nowhere is to stay so: nothing of weight 0, nothing that needs a ReferenceGrant, which nobody read.
    if (backend.weight === 0 || (backend.namespace ?? metadata.namespace) !== metadata.namespace) return [];
    const host = hosts.get(hostName(metadata.namespace, backend.name));
    if (host === undefined || backend.port === undefined || !host.ports.includes(backend.port)) return [];
    if (host.levels.length === 0) return [];
    const { port } = backend;
    const destination = { host: host.host, port, levels: host.levels };
    return [{ virtualHost: { host: host.host, port }, route: routeName(route, index), destination }];
  });
}
