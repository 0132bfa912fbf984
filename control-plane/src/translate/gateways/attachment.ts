// In: a Gateway's listener and an HTTPRoute or GRPCRoute. Out: whether they belong together, and the hosts that the route has there.
import type { Namespace } from "../../api/kubernetes.ts";
import type { MeshGateway, MeshRoute } from "../../api/mesh-gateway.ts";
import { gatewayGroup } from "../policies/targets.ts";

type Listener = MeshGateway["spec"]["listeners"][number];
export type NamespaceLabels = ReadonlyMap<string, Readonly<Record<string, string>>>;

export function namespaceLabels(namespaces: readonly Namespace[]): NamespaceLabels {
  return new Map(namespaces.map(({ metadata }) => [metadata.name, metadata.labels ?? {}]));
}

/** Only a route that the listener takes: else anybody could classify the hosts of any Gateway. */
export function isAttached(
  route: MeshRoute,
  gateway: MeshGateway,
  listener: Listener,
  namespaces: NamespaceLabels,
): boolean {
  return (
    takesKind(listener, route.kind) &&
    isAllowed(route.metadata.namespace, gateway, listener, namespaces) &&
    route.spec.parentRefs.some(
      (ref) =>
        (ref.group ?? gatewayGroup) === gatewayGroup &&
        (ref.kind ?? "Gateway") === "Gateway" &&
        ref.name === gateway.metadata.name &&
        (ref.namespace ?? route.metadata.namespace) === gateway.metadata.namespace &&
        (ref.sectionName === undefined || ref.sectionName === listener.name) &&
        (ref.port === undefined || ref.port === listener.port),
    )
  );
}

/** A listener of another protocol has no requests to route (Gateway API, Listener.protocol); of its own kinds none named: all. */
function takesKind({ protocol, allowedRoutes }: Listener, kind: MeshRoute["kind"]): boolean {
  const kinds = allowedRoutes?.kinds ?? [];
  const isTaken = kinds.length === 0 || kinds.some((one) => one.group === gatewayGroup && one.kind === kind);
  return isTaken && (protocol === "HTTP" || protocol === "HTTPS");
}

/** The namespaces of the listener's allowedRoutes. */
function isAllowed(
  namespace: string,
  gateway: MeshGateway,
  { allowedRoutes }: Listener,
  namespaces: NamespaceLabels,
): boolean {
  const { from = "Same", selector } = allowedRoutes?.namespaces ?? {};
  if (from === "All") return true;
  if (from === "Same") return namespace === gateway.metadata.namespace;
  if (from !== "Selector" || selector === undefined) return false;
  const labels = namespaces.get(namespace) ?? {};
  return (
    Object.entries(selector.matchLabels).every(([key, value]) => labels[key] === value) &&
    selector.matchExpressions.every((expression) => holds(expression, labels))
  );
}

/** As a LabelSelector of Kubernetes. */
function holds(
  { key, operator, values }: { readonly key: string; readonly operator: string; readonly values: readonly string[] },
  labels: Readonly<Record<string, string>>,
): boolean {
  const value = labels[key];
  switch (operator) {
    case "In":
      return value !== undefined && values.includes(value);
    case "NotIn":
      return value === undefined || !values.includes(value);
    case "Exists":
      return value !== undefined;
    case "DoesNotExist":
      return value === undefined;
    default:
      return false;
  }
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

/** On all listeners of the gateway, by host and port. */
export function routeDomains(
  route: MeshRoute,
  gateway: MeshGateway,
  namespaces: NamespaceLabels,
): readonly { readonly host: string; readonly port: number }[] {
  const domains = gateway.spec.listeners
    .filter((listener) => isAttached(route, gateway, listener, namespaces))
    .flatMap((listener) => listenerDomains(route, listener).map((host) => ({ host, port: listener.port })));
  return [...new Map(domains.map((one) => [`${one.host} ${one.port}`, one])).values()].sort((a, b) =>
    a.host < b.host ? -1 : a.host > b.host ? 1 : a.port - b.port,
  );
}

function covers(pattern: string, name: string): boolean {
  return pattern === name || (pattern.startsWith("*.") && name.endsWith(pattern.slice(1)));
}
