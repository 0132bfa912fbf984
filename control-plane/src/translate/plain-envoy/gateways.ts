// Makes one gateway proxy for each pod of a Gateway, with the hosts and routes of its listeners.
import type { Pod } from "../../api/kubernetes.ts";
import type { MeshRoute } from "../../api/mesh-gateway.ts";
import { gatewayNameLabel } from "../../core/labels.ts";
import type { MeshConfig } from "../../core/mesh-config.ts";
import type { GatewayListener, GatewayProxy, Route, VirtualHost } from "../../core/plan.ts";
import type { Snapshot } from "../../core/snapshot.ts";
import type { Verdict } from "../../core/verdict.ts";
import { finding, verdictOn } from "../finding.ts";
import { type Listener, listeners } from "../gateways/attachment.ts";
import { gatewayClassification } from "../gateways/classification.ts";
import { servingAlone } from "../gateways/hosts.ts";
import { gatewayOf, hasIPv6, isOptedOut } from "../pods.ts";
import type { Attached } from "../policies/targets.ts";
import { hostName } from "../services/visibility.ts";

type Found = { readonly proxies: readonly GatewayProxy[]; readonly verdicts: readonly Verdict[] };

export function gatewayProxies(snapshot: Snapshot, attached: Attached): Found {
  const listenersOf = listeners(snapshot);
  const gateways = new Map(snapshot.gateways.map((gateway) => [idOf(gateway.metadata), gateway]));
  const pods = snapshot.pods.filter((pod) => gatewayOf(pod) !== undefined && !isOptedOut(pod));
  const found = pods.map((pod): Found => {
    const { name, namespace } = pod.metadata;
    const gateway = gateways.get(idOf({ namespace, name: gatewayOf(pod)! }));
    if (gateway === undefined) return { proxies: [], verdicts: [gatewayNotFound(pod)] };
    const own = listenersOf(gateway);
    const deployment = servingAlone(gateway, own);
    const { classification } = gatewayClassification(attached, deployment, snapshot.ladder.spec.defaultLevel);
    const proxy: GatewayProxy = {
      ...{ role: "gateway", pod: name, namespace },
      ...(hasIPv6(pod) ? { hasIPv6: true as const } : {}),
      listeners: byPort(own, snapshot.mesh),
      classification,
    };
    return { proxies: [proxy], verdicts: [] };
  });
  return {
    proxies: found.flatMap(({ proxies }) => proxies),
    verdicts: found.flatMap(({ verdicts }) => verdicts),
  };
}

const idOf = ({ namespace, name }: { readonly namespace: string; readonly name: string }): string =>
  `${namespace}/${name}`;

function gatewayNotFound(pod: Pod): Verdict {
  const field = ["metadata", "labels", gatewayNameLabel];
  const message = `is no Gateway of namespace ${pod.metadata.namespace}; add the Gateway, or correct the label`;
  return verdictOn(pod, finding("RefNotFound", field, message));
}

/** One for each port, because Gateway listeners that share a port differ by hostname. */
function byPort(own: readonly Listener[], mesh: MeshConfig): readonly GatewayListener[] {
  return [...new Set(own.map(({ listener }) => listener.port))]
    .sort((a, b) => a - b)
    .map((port) => {
      const domains = new Map<string, Route[]>();
      for (const { routes } of own.filter(({ listener }) => listener.port === port))
        for (const { route, hosts } of routes)
          for (const domain of hosts) domains.set(domain, [...(domains.get(domain) ?? []), ...routesOf(route, mesh)]);
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
