// In: routes of the Gateway API at one gateway. Out: which of them choose by level.
import type { MeshRoute } from "../api/mesh-gateway.ts";
import type { RouteChoice } from "../core/plan.ts";
import type { DivisibleHost } from "./divisible-hosts.ts";
import { hostName } from "./hosts.ts";
import { isExported } from "./visibility.ts";

/** @param namespace of the gateway's proxies, which see what is exported to it */
export function gatewayChoices(
  routes: readonly MeshRoute[],
  namespace: string,
  hosts: ReadonlyMap<string, DivisibleHost>,
): readonly RouteChoice[] {
  return routes
    .flatMap((route) => choicesOf(route, hosts))
    .filter(({ destination }) => isVisible(hosts.get(destination.host), namespace))
    .filter(hasOwnName(routes));
}

export function isVisible(host: DivisibleHost | undefined, namespace: string): boolean {
  return host !== undefined && isExported(host.exportTo, host.namespace, namespace);
}

/** A patch by name reaches every route of that name, and users name their rules as they like. */
function hasOwnName(routes: readonly MeshRoute[]): (choice: RouteChoice) => boolean {
  const names = new Map<string, number>();
  for (const route of routes)
    for (const index of route.spec.rules.keys()) {
      const name = routeName(route, index);
      names.set(name, (names.get(name) ?? 0) + 1);
    }
  return ({ route }) => route === undefined || names.get(route) === 1;
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
