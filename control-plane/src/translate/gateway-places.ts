// In: Gateways of both APIs, pods. Out: the gateway proxies as workloads, no two with the same pod, and Gateways that can't be told apart.
import type { IstioGateway } from "../api/istio.ts";
import type { Pod } from "../api/kubernetes.ts";
import type { MeshGateway } from "../api/mesh-gateway.ts";
import type { Snapshot } from "../core/snapshot.ts";
import { byAge } from "./age.ts";
import { gatewayNameLabel, isSelected, selectorKey } from "./pods.ts";
import { gatewayGroup } from "./targets.ts";

type Selector = Readonly<Record<string, string>>;
export type AnyGateway = IstioGateway | MeshGateway;

/** Proxies that one EnvoyFilter can select, with all Gateways that they serve. */
export type GatewayPlace = {
  readonly name: string;
  readonly namespace: string;
  readonly selector: Selector;
  readonly gateways: ReadonlySet<AnyGateway>;
};

export type GatewayPlaces = {
  readonly places: readonly GatewayPlace[];
  /** Gateways of which some proxies can't be told from others by labels, or none. */
  readonly unselected: readonly AnyGateway[];
};

type Mutable = GatewayPlace & { readonly pods: ReadonlySet<Pod>; readonly gateways: Set<AnyGateway> };
type Group = {
  readonly name: string;
  readonly selector: Selector;
  readonly gateways: readonly AnyGateway[];
  readonly pods: readonly Pod[];
};
type Candidate = Group & { readonly namespace: string };

/**
 * A Gateway of the Gateway API has pods of its own namespace. One of Istio selects pods of every namespace (istiod's
 * PILOT_SCOPE_GATEWAY_TO_NAMESPACE is off by default), an EnvoyFilter those of its own, in the root namespace of all: so one place per
 * namespace and selector. As long as there are no pods, they are expected beside the Gateway.
 */
export function gatewayPlaces({ gateways, istioGateways, pods, mesh: { rootNamespace } }: Snapshot): GatewayPlaces {
  const bySelector = Map.groupBy(istioGateways.toSorted(byAge), ({ spec }) => selectorKey(spec.selector));
  const groups = [...bySelector.values()].map((same): Group => {
    const { selector } = same[0]!.spec;
    return { name: nameOf(selector), selector, gateways: same, pods: pods.filter((pod) => isSelected(pod, selector)) };
  });
  const places: Mutable[] = [];
  const own = gateways.filter((gateway) => !isForeign(gateway));
  const shared = sharedNames(own, rootNamespace);
  const unselected = new Set<AnyGateway>([...shared, ...groups.filter(hasNoLabels).flatMap((group) => group.gateways)]);
  const named = own.filter((gateway) => !shared.has(gateway));
  for (const candidate of [
    ...ofTheGatewayApi(named, pods, rootNamespace),
    ...groups.flatMap((group) => ofIstio(group, rootNamespace)),
  ].sort(byPrecedence(rootNamespace))) {
    // Two filters in one proxy would be one too many: of selectors that take the same pods the widest stands for all of them.
    const there = places.find((place) => candidate.pods.some((pod) => place.pods.has(pod)));
    if (there === undefined) places.push(placeOf(candidate));
    else if (candidate.pods.every((pod) => there.pods.has(pod))) join(there, candidate);
    else for (const gateway of candidate.gateways) unselected.add(gateway);
  }
  const empty = groups.filter((group) => group.pods.length === 0 && !hasNoLabels(group));
  for (const candidate of empty.flatMap(expected).sort(byBreadth(rootNamespace))) {
    const there = places.find((place) => takesAllOf(place, candidate, rootNamespace));
    if (there === undefined) places.push(placeOf(candidate));
    else join(there, candidate);
  }
  return { places, unselected: [...unselected] };
}

export function isOfGatewayApi(gateway: AnyGateway): gateway is MeshGateway {
  return gateway.apiVersion.startsWith(`${gatewayGroup}/`);
}

export function isOfIstio(gateway: AnyGateway): gateway is IstioGateway {
  return !isOfGatewayApi(gateway);
}

/** Of another class than Istio's own: no proxy of its is ours to configure. */
export function isForeign({ spec }: MeshGateway): boolean {
  return spec.gatewayClassName !== undefined && spec.gatewayClassName !== "istio";
}

/** Gateways of the root namespace whose EnvoyFilter would reach the proxies of another Gateway, which has the name too. */
function sharedNames(gateways: readonly MeshGateway[], rootNamespace: string): ReadonlySet<MeshGateway> {
  const byName = Map.groupBy(gateways, ({ metadata }) => metadata.name);
  return new Set(
    gateways.filter(({ metadata: { name, namespace } }) => namespace === rootNamespace && byName.get(name)!.length > 1),
  );
}

function ofTheGatewayApi(
  gateways: readonly MeshGateway[],
  pods: readonly Pod[],
  rootNamespace: string,
): readonly Candidate[] {
  const byName = Map.groupBy(pods, ({ metadata }) => metadata.labels?.[gatewayNameLabel]);
  return gateways.map((gateway) => {
    const { name, namespace } = gateway.metadata;
    const all = byName.get(name) ?? [];
    return {
      ...{ name, namespace, selector: { [gatewayNameLabel]: name }, gateways: [gateway] },
      pods: namespace === rootNamespace ? all : all.filter(({ metadata }) => metadata.namespace === namespace),
    };
  });
}

function ofIstio(group: Group, rootNamespace: string): readonly Candidate[] {
  const byNamespace = Map.groupBy(group.pods, ({ metadata }) => metadata.namespace);
  return [...byNamespace].map(([namespace, own]) => ({
    ...{ ...group, namespace },
    pods: namespace === rootNamespace ? group.pods : own,
  }));
}

/**
 * The root namespace's first, whose EnvoyFilters are for the pods of every namespace; there the Gateway API's, which no label that
 * somebody adds takes its proxies from; then the widest selector.
 */
const byPrecedence =
  (rootNamespace: string) =>
  (a: Candidate, b: Candidate): number =>
    rank(a.namespace, rootNamespace) - rank(b.namespace, rootNamespace) ||
    compare(a.namespace, b.namespace) ||
    Number(b.gateways.some(isOfGatewayApi)) - Number(a.gateways.some(isOfGatewayApi)) ||
    b.pods.length - a.pods.length ||
    compare(selectorKey(a.selector), selectorKey(b.selector));

function expected(group: Group): readonly Candidate[] {
  const byNamespace = Map.groupBy(group.gateways, ({ metadata }) => metadata.namespace);
  return [...byNamespace].map(([namespace, gateways]) => ({ ...group, namespace, gateways }));
}

/** As by precedence, of selectors whose pods nobody knows yet: the one with fewer labels is the wider. */
const byBreadth =
  (rootNamespace: string) =>
  (a: Candidate, b: Candidate): number =>
    rank(a.namespace, rootNamespace) - rank(b.namespace, rootNamespace) ||
    Object.keys(a.selector).length - Object.keys(b.selector).length ||
    compare(selectorKey(a.selector), selectorKey(b.selector)) ||
    compare(a.namespace, b.namespace);

/** Whatever pods will come. */
function takesAllOf(place: GatewayPlace, { namespace, selector }: Candidate, rootNamespace: string): boolean {
  return (
    (place.namespace === namespace || place.namespace === rootNamespace) &&
    Object.entries(place.selector).every(([key, value]) => selector[key] === value)
  );
}

function placeOf({ name, namespace, selector, pods, gateways }: Candidate): Mutable {
  return { name, namespace, selector, pods: new Set(pods), gateways: new Set(gateways) };
}

function join(place: Mutable, { gateways }: Candidate): void {
  for (const gateway of gateways) place.gateways.add(gateway);
}

const hasNoLabels = ({ selector }: Group): boolean => Object.keys(selector).length === 0;

const rank = (namespace: string, rootNamespace: string): number => (namespace === rootNamespace ? 0 : 1);

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** Read by people; the number tells it from a Gateway of the Gateway API, and from another selector. */
function nameOf(selector: Selector): string {
  const readable = (Object.values(selector)[0] ?? "").toLowerCase().replace(/[^a-z0-9-]/g, "-");
  return `${readable}-${digest(selectorKey(selector))}`;
}

/** FNV-1a, 32 bits. */
function digest(text: string): string {
  let hash = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(text)) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  return hash.toString(16).padStart(8, "0");
}
