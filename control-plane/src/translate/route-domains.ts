// In: a Gateway's listener and an HTTPRoute. Out: whether they belong together, and the hosts that the route has there.
import type { MeshGateway, MeshRoute } from "../api/mesh-gateway.ts";

type Listener = MeshGateway["spec"]["listeners"][number];

export function isAttached(route: MeshRoute, gateway: MeshGateway, listener: Listener): boolean {
  return route.spec.parentRefs.some(
    (ref) =>
      ref.name === gateway.metadata.name &&
      (ref.namespace ?? route.metadata.namespace) === gateway.metadata.namespace &&
      (ref.sectionName === undefined || ref.sectionName === listener.name) &&
      (ref.port === undefined || ref.port === listener.port),
  );
}

/** The hostnames that route and listener have in common, a wildcard covering what ends like it; "*" is every host. */
export function listenerDomains(route: MeshRoute, listener: Listener): readonly string[] {
  const own = listener.hostname;
  if (route.spec.hostnames.length === 0) return [own ?? "*"];
  if (own === undefined) return route.spec.hostnames;
  return route.spec.hostnames.flatMap((name) => {
    if (covers(own, name)) return [name];
    return covers(name, own) ? [own] : [];
  });
}

/** On all listeners of the gateways given. */
export function routeDomains(route: MeshRoute, gateways: readonly MeshGateway[]): string[] {
  const domains = gateways.flatMap((gateway) =>
    gateway.spec.listeners
      .filter((listener) => isAttached(route, gateway, listener))
      .flatMap((listener) => listenerDomains(route, listener)),
  );
  return [...new Set(domains)].sort();
}

function covers(pattern: string, name: string): boolean {
  return pattern === name || (pattern.startsWith("*.") && name.endsWith(pattern.slice(1)));
}
