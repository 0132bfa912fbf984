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
  readonly pods: ReadonlySet<Pod>;
  readonly gateways: Set<IstioGateway>;
};
type Group = { readonly selector: Selector; readonly gateways: readonly IstioGateway[]; readonly pods: readonly Pod[] };

export type IstioEntrances = {
  readonly entrances: readonly GatewayEntrance[];
  /** Gateways of which some proxies can't be told from others by labels, or none. */
  readonly unselected: readonly IstioGateway[];
};

/**
 * A Gateway selects pods of every namespace (istiod's PILOT_SCOPE_GATEWAY_TO_NAMESPACE is off by default), an EnvoyFilter those of
 * its own: so one entrance per namespace and selector. As long as there are no pods, they are expected beside the Gateway.
 */
export function istioEntrances(snapshot: Snapshot): IstioEntrances {
  if (snapshot.istioGateways.length === 0) return { entrances: [], unselected: [] };
  const bound = servicesByGateway(snapshot.virtualServices);
  const { workloads, unselected } = workloadsOf(snapshot);
  const entrances = workloads.map(({ namespace, selector, gateways }) => {
    const oldest = [...gateways].sort(byAge);
    return {
      ...{ name: nameOf(selector), namespace, selector },
      gateways: oldest.map((gateway) => ({ target: gatewayTarget(gateway), hosts: gatewayHosts(gateway) })),
      routes: servedRoutes(oldest, bound, namespace),
    };
  });
  return { entrances, unselected };
}

export function gatewayTarget({ metadata: { namespace, name } }: IstioGateway): Target {
  return { group: istioGroup, kind: "Gateway", namespace, name };
}

function workloadsOf({ istioGateways, pods }: Snapshot) {
  const bySelector = Map.groupBy(istioGateways.toSorted(byAge), ({ spec }) => keyOf(spec.selector));
  const groups = [...bySelector.values()].map((gateways): Group => {
    const { selector } = gateways[0]!.spec;
    return { selector, gateways, pods: pods.filter((pod) => isSelected(pod, selector)) };
  });
  const workloads: Workload[] = [];
  const unselected = new Set(groups.filter(hasNoLabels).flatMap(({ gateways }) => gateways));
  for (const { namespace, group, pods: own } of placesOf(groups)) {
    // Two filters in one proxy would be one too many: of selectors that take the same pods the widest stands for all of them.
    const there = workloads.find((workload) => own.some((pod) => workload.pods.has(pod)));
    if (there === undefined)
      workloads.push({ ...group, namespace, pods: new Set(own), gateways: new Set(group.gateways) });
    else if (own.every((pod) => there.pods.has(pod))) for (const gateway of group.gateways) there.gateways.add(gateway);
    else for (const gateway of group.gateways) unselected.add(gateway);
  }
  const expected = groups.filter((group) => group.pods.length === 0 && !hasNoLabels(group)).flatMap(expectedOf);
  return { workloads: [...workloads, ...expected], unselected: [...unselected] };
}

const hasNoLabels = ({ selector }: Group): boolean => Object.keys(selector).length === 0;

type Place = { readonly namespace: string; readonly group: Group; readonly pods: readonly Pod[] };

/** The root namespace's first, whose EnvoyFilters are for the pods of every namespace; there the widest selector first. */
function placesOf(groups: readonly Group[]): readonly Place[] {
  const places = groups.flatMap((group) => {
    const byNamespace = Map.groupBy(group.pods, ({ metadata }) => metadata.namespace);
    return [...byNamespace].map(
      ([namespace, own]): Place => ({ namespace, group, pods: namespace === rootNamespace ? group.pods : own }),
    );
  });
  return places.sort(
    (a, b) =>
      rank(a.namespace) - rank(b.namespace) ||
      compare(a.namespace, b.namespace) ||
      b.pods.length - a.pods.length ||
      compare(keyOf(a.group.selector), keyOf(b.group.selector)),
  );
}

const rank = (namespace: string): number => (namespace === rootNamespace ? 0 : 1);

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

function expectedOf({ selector, gateways }: Group): readonly Workload[] {
  return [...Map.groupBy(gateways, ({ metadata }) => metadata.namespace)].map(([namespace, own]) => ({
    ...{ namespace, selector, pods: new Set<Pod>(), gateways: new Set(own) },
  }));
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
