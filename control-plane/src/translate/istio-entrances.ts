// In: Istio's Gateways, VirtualServices, pods. Out: the gateway proxies that the Gateways select, whichever namespace they are in.
import type { IstioGateway, VirtualService } from "../api/istio.ts";
import type { Pod } from "../api/kubernetes.ts";
import type { Snapshot } from "../core/snapshot.ts";
import { ageKey, byAge } from "./age.ts";
import type { GatewayEntrance, ServedRoute } from "./gateway-entrances.ts";
import { isSelected } from "./pods.ts";
import { istioGroup, type Target } from "./targets.ts";
import { gatewayHosts, gatewaysOf, hostsAt } from "./virtual-service-hosts.ts";
import { isExported, rootNamespace } from "./visibility.ts";

type Selector = Readonly<Record<string, string>>;
type Workload = {
  readonly namespace: string;
  readonly selector: Selector;
  readonly pods: readonly Pod[];
  readonly gateways: readonly IstioGateway[];
};

/**
 * A Gateway selects pods of every namespace (istiod's PILOT_SCOPE_GATEWAY_TO_NAMESPACE is off by default), an EnvoyFilter those of
 * its own: so one entrance per namespace and selector. As long as there are no pods, they are expected beside the Gateway.
 */
export function istioEntrances(snapshot: Snapshot): readonly GatewayEntrance[] {
  if (snapshot.istioGateways.length === 0) return [];
  const bound = servicesByGateway(snapshot.virtualServices);
  return workloads(snapshot).map(({ namespace, selector, pods, gateways }) => ({
    ...{ name: nameOf(selector), namespace, selector },
    pods: pods.map(({ metadata }) => `${metadata.namespace}/${metadata.name}`).sort(),
    gateways: gateways.map((gateway) => ({ target: gatewayTarget(gateway), hosts: gatewayHosts(gateway) })),
    routes: servedRoutes(gateways, bound, namespace),
  }));
}

export function gatewayTarget({ metadata: { namespace, name } }: IstioGateway): Target {
  return { group: istioGroup, kind: "Gateway", namespace, name };
}

/** Gateways whose proxies an EnvoyFilter can't tell from others: those without a selector, and those that overlap with others. */
export function unselectable(
  { istioGateways }: Snapshot,
  entrances: readonly GatewayEntrance[],
): readonly IstioGateway[] {
  const served = new Set(entrances.flatMap(({ gateways }) => gateways.map(({ target }) => idOf(target))));
  return istioGateways.filter((gateway) => !served.has(idOf(gatewayTarget(gateway))));
}

/** The root namespace's first: what selects pods there selects them everywhere. */
function workloads({ istioGateways, pods }: Snapshot): readonly Workload[] {
  const bySelector = Map.groupBy(
    istioGateways.filter(({ spec }) => Object.keys(spec.selector).length > 0).toSorted(byAge),
    ({ spec }) => keyOf(spec.selector),
  );
  const groups = [...bySelector.values()].map((gateways) => {
    const { selector } = gateways[0]!.spec;
    return { selector, gateways, pods: pods.filter((pod) => isSelected(pod, selector)) };
  });
  const places = new Set(groups.flatMap((group) => group.pods.map(({ metadata }) => metadata.namespace)));
  const taken = new Set<Pod>();
  const inOrder = [...places].sort((a, b) => rank(a) - rank(b) || (a < b ? -1 : 1));
  const found = inOrder.flatMap((namespace) =>
    partition(
      groups.map((group) => ({ ...group, pods: group.pods.filter((pod) => isIn(pod, namespace) && !taken.has(pod)) })),
    ).map((workload) => {
      for (const pod of workload.pods) taken.add(pod);
      return { ...workload, namespace };
    }),
  );
  const expected = groups
    .filter((group) => group.pods.length === 0)
    .flatMap(({ selector, gateways }) =>
      [...Map.groupBy(gateways, ({ metadata }) => metadata.namespace)].map(([namespace, own]) => ({
        ...{ namespace, selector, pods: [], gateways: own },
      })),
    );
  return [...found, ...expected];
}

const rank = (namespace: string): number => (namespace === rootNamespace ? 0 : 1);

function isIn(pod: Pod, namespace: string): boolean {
  return namespace === rootNamespace || pod.metadata.namespace === namespace;
}

/** Two filters in one proxy would be one too many: of selectors that take the same pods the widest stands for all of them. */
function partition(groups: readonly Omit<Workload, "namespace">[]): readonly Omit<Workload, "namespace">[] {
  const wide = groups.filter(({ pods }) => pods.length > 0).toSorted((a, b) => b.pods.length - a.pods.length);
  const found: { selector: Selector; pods: readonly Pod[]; gateways: IstioGateway[] }[] = [];
  for (const group of wide) {
    const host = found.find(({ pods }) => pods.some((pod) => group.pods.includes(pod)));
    if (host === undefined) found.push({ ...group, gateways: [...group.gateways] });
    else if (group.pods.every((pod) => host.pods.includes(pod))) host.gateways.push(...group.gateways);
  }
  return found.map((group) => ({ ...group, gateways: group.gateways.sort(byAge) }));
}

function servicesByGateway(services: readonly VirtualService[]): ReadonlyMap<string, readonly VirtualService[]> {
  const found = new Map<string, VirtualService[]>();
  for (const service of services.toSorted(byAge))
    for (const name of new Set(gatewaysOf(service))) found.set(name, [...(found.get(name) ?? []), service]);
  return found;
}

/** `namespace`: of the proxies, which the VirtualServices have to be exported to. */
function servedRoutes(
  gateways: readonly IstioGateway[],
  bound: ReadonlyMap<string, readonly VirtualService[]>,
  namespace: string,
): readonly ServedRoute[] {
  const served = gateways.flatMap((gateway) =>
    (bound.get(idOf(gatewayTarget(gateway))) ?? [])
      .filter(({ metadata, spec }) => spec.http.length > 0 && isExported(spec.exportTo, metadata.namespace, namespace))
      .map((service) => ({ service, gateway })),
  );
  return [...Map.groupBy(served, ({ service }) => service)]
    .map(([service, all]): ServedRoute => {
      const { name, namespace: own } = service.metadata;
      return {
        target: { group: istioGroup, kind: "VirtualService", namespace: own, name },
        age: ageKey(service),
        hosts: all.flatMap(({ gateway }) =>
          hostsAt(service, gateway).map((host) => ({ host, gateway: gatewayTarget(gateway) })),
        ),
      };
    })
    .sort((a, b) => (a.age < b.age ? -1 : 1));
}

function idOf({ namespace, name }: Target): string {
  return `${namespace}/${name}`;
}

function keyOf(selector: Selector): string {
  return JSON.stringify(Object.entries(selector).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Read by people; the number tells it from a Gateway of the Gateway API, and from another selector. */
function nameOf(selector: Selector): string {
  const readable = (Object.values(selector)[0] ?? "").toLowerCase().replace(/[^a-z0-9-]/g, "-");
  return `${readable}-${digest(keyOf(selector))}`;
}

/** FNV-1a, 32 bits. */
function digest(text: string): string {
  let hash = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(text)) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  return hash.toString(16).padStart(8, "0");
}
