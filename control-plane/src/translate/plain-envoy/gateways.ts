// In: gateway pods, Gateways, HTTPRoutes, accepted policies. Out: one gateway proxy per pod, and routes that lead nowhere.

import type { Pod, Service } from "../../api/kubernetes.ts";
import type { MeshGateway, MeshRoute } from "../../api/mesh-gateway.ts";
import type { MeshConfig } from "../../core/mesh-config.ts";
import type { GatewayListener, GatewayProxy, Route, VirtualHost } from "../../core/plan.ts";
import type { Snapshot } from "../../core/snapshot.ts";
import type { Verdict } from "../../core/verdict.ts";
import { isAttached, listenerDomains, type NamespaceLabels, namespaceLabels } from "../gateways/attachment.ts";
import { gatewayClassification } from "../gateways/classification.ts";
import { attachedRoutes, gatewayEntrance } from "../gateways/served-hosts.ts";
import { gatewayNameLabel, gatewayOf, hasIPv6, isOptedOut } from "../pods.ts";
import type { Attached } from "../policies/targets.ts";
import { hostName } from "../services/visibility.ts";

type Found = { readonly proxies: readonly GatewayProxy[]; readonly verdicts: readonly Verdict[] };

export function gatewayProxies(snapshot: Snapshot, attached: Attached): Found {
  const labels = namespaceLabels(snapshot.namespaces);
  const services = new Map(snapshot.services.map((service) => [idOf(service), service]));
  const found = snapshot.pods
    .filter((pod) => gatewayOf(pod) !== undefined && !isOptedOut(pod))
    .map((pod) => gatewayProxy(snapshot, attached, labels, pod));
  return {
    proxies: found.flatMap((entry) => entry.proxies),
    verdicts: [
      ...found.flatMap((entry) => entry.verdicts),
      ...snapshot.routes.flatMap((route) => unresolved(services, route)),
    ],
  };
}

function gatewayProxy(snapshot: Snapshot, attached: Attached, labels: NamespaceLabels, pod: Pod): Found {
  const { name, namespace } = pod.metadata;
  const gateway = snapshot.gateways.find(
    ({ metadata }) => metadata.namespace === namespace && metadata.name === gatewayOf(pod),
  );
  if (gateway === undefined)
    return {
      proxies: [],
      verdicts: [
        {
          on: { kind: "Pod", namespace, name },
          reason: "RefNotFound",
          field: ["metadata", "labels", gatewayNameLabel],
          message: `is no Gateway of namespace ${namespace}`,
        },
      ],
    };
  const routes = attachedRoutes(gateway, snapshot.routes, labels);
  const entrance = gatewayEntrance(gateway, routes, labels);
  const { classification } = gatewayClassification(attached, entrance, snapshot.ladder.spec.defaultLevel);
  return {
    proxies: [
      {
        role: "gateway",
        pod: name,
        namespace,
        ...(hasIPv6(pod) ? { hasIPv6: true as const } : {}),
        listeners: listeners(snapshot, gateway, routes, labels),
        classification,
      },
    ],
    verdicts: [],
  };
}

/** One for each port: Gateway listeners that share a port differ by hostname. */
function listeners(
  { mesh }: Snapshot,
  gateway: MeshGateway,
  routes: readonly MeshRoute[],
  labels: NamespaceLabels,
): GatewayListener[] {
  const ports = [...new Set(gateway.spec.listeners.map((listener) => listener.port))].sort((a, b) => a - b);
  return ports.map((port) => {
    const domains = new Map<string, Route[]>();
    for (const listener of gateway.spec.listeners.filter((entry) => entry.port === port))
      for (const route of routes.filter((entry) => isAttached(entry, gateway, listener, labels)))
        for (const domain of listenerDomains(route, listener))
          domains.set(domain, [...(domains.get(domain) ?? []), ...routesOf(route, mesh)]);
    return { port, virtualHosts: virtualHosts(domains) };
  });
}

function virtualHosts(domains: ReadonlyMap<string, readonly Route[]>): VirtualHost[] {
  return [...domains]
    .map(([domain, routes]) => ({ domain, routes: routes.toSorted(bySpecificity) }))
    .sort((a, b) => (a.domain < b.domain ? -1 : 1));
}

const everyPath = { type: "PathPrefix", value: "/" };

function routesOf(route: MeshRoute, mesh: MeshConfig): Route[] {
  return route.spec.rules.flatMap((rule): Route[] => {
    const backend = rule.backendRefs[0];
    if (backend?.port === undefined) return [];
    const to = {
      host: hostName(backend.namespace ?? route.metadata.namespace, backend.name, mesh),
      port: backend.port,
    };
    const paths = rule.matches.length === 0 ? [undefined] : rule.matches.map(({ path }) => path);
    return paths.flatMap(({ type = everyPath.type, value = everyPath.value } = {}): Route[] =>
      type === "Exact" || type === "PathPrefix" ? [{ path: { type, value }, backend: to }] : [],
    );
  });
}

/** Exact before prefix, longer before shorter, then as written (Gateway API, HTTPRouteMatch). */
function bySpecificity(a: Route, b: Route): number {
  if (a.path.type !== b.path.type) return a.path.type === "Exact" ? -1 : 1;
  return b.path.value.length - a.path.value.length;
}

function idOf({ metadata: { namespace, name } }: Service): string {
  return `${namespace}/${name}`;
}

function unresolved(services: ReadonlyMap<string, Service>, route: MeshRoute): Verdict[] {
  const { name, namespace } = route.metadata;
  return route.spec.rules.flatMap((rule, index): Verdict[] => {
    const backend = rule.backendRefs[0];
    // A redirect has none.
    if (backend?.port === undefined) return [];
    const service = services.get(`${namespace}/${backend.name}`);
    const refuse = (field: string, message: string): Verdict[] => [
      {
        on: { kind: route.kind, namespace, name },
        reason: "RefNotFound",
        field: ["spec", "rules", index, "backendRefs", 0, field],
        message,
      },
    ];
    // Another namespace would need a ReferenceGrant, which is not read.
    if (backend.namespace !== undefined && backend.namespace !== namespace)
      return refuse("namespace", `is not the route's own; allowed: ${namespace}`);
    if (service === undefined) return refuse("name", `is no Service of namespace ${namespace}`);
    const ports = service.spec.ports.map((port) => port.port);
    return ports.includes(backend.port)
      ? []
      : refuse("port", `is no port of Service ${backend.name}; allowed: ${ports.join(", ")}`);
  });
}
