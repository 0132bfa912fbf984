// In: Gateways of both APIs, pods. Out: the gateway proxies as workloads, no two with the same pod, and Gateways that can't be told apart.
import type { IstioGateway } from "../../api/istio.ts";
import type { Pod } from "../../api/kubernetes.ts";
import type { MeshGateway } from "../../api/mesh-gateway.ts";
import { digest } from "../../core/digest.ts";
import type { Snapshot } from "../../core/snapshot.ts";
import { byAge } from "../order.ts";
import { isSelected, selectorKey } from "../pods.ts";
import { gatewayGroup } from "../policies/targets.ts";
import { foreignGateways } from "./classes.ts";
import { gatewayPods, isManual, type Selector, type Unselected, unlabelled } from "./selectors.ts";

export type AnyGateway = IstioGateway | MeshGateway;

/** Proxies that one EnvoyFilter can select, with all Gateways that they serve. */
export type GatewayPlace = {
  readonly name: string;
  readonly namespace: string;
  readonly selector: Selector;
  readonly gateways: ReadonlySet<AnyGateway>;
  readonly pods: ReadonlySet<Pod>;
};

/** Gateways of which some proxies can't be told from others by labels, or none, with why. */
export type UnselectedGateways = ReadonlyMap<AnyGateway, Unselected>;

export type GatewayPlaces = { readonly places: readonly GatewayPlace[]; readonly unselected: UnselectedGateways };

type Mutable = GatewayPlace & { readonly gateways: Set<AnyGateway> };
type Group = {
  readonly name: string;
  readonly selector: Selector;
  readonly gateways: readonly AnyGateway[];
  readonly pods: readonly Pod[];
  /** Selected by the Gateway's own name. */
  readonly isNamed?: true;
};
type Candidate = Group & { readonly namespace: string };

/**
 * A Gateway of the Gateway API has pods of its own namespace, or those of the Services that its addresses name. One of Istio selects pods of
 * every namespace (istiod's PILOT_SCOPE_GATEWAY_TO_NAMESPACE is off by default), an EnvoyFilter those of its own, in the root namespace of
 * all: so one place per namespace and selector. As long as there are no pods, they are expected beside the Gateway.
 */
export function gatewayPlaces(snapshot: Snapshot): GatewayPlaces {
  const { istioGateways, pods, mesh } = snapshot;
  const { rootNamespace } = mesh;
  const bySelector = Map.groupBy(istioGateways.toSorted(byAge), ({ spec }) => selectorKey(spec.selector));
  const groups = [...bySelector.values()].map((same): Group => {
    const { selector } = same[0]!.spec;
    return { name: nameOf(selector), selector, gateways: same, pods: pods.filter((pod) => isSelected(pod, selector)) };
  });
  const places: Mutable[] = [];
  const foreign = foreignGateways(snapshot);
  const own = snapshot.gateways.filter((gateway) => !foreign.has(gateway));
  const unselected = new Map<AnyGateway, Unselected>();
  for (const gateway of sharedNames(
    own.filter((gateway) => !isManual(gateway)),
    rootNamespace,
  ))
    unselected.set(gateway, sharedLabel(rootNamespace));
  for (const group of groups)
    for (const gateway of group.gateways) {
      const why = unselectable(group.selector);
      if (why !== undefined) unselected.set(gateway, why);
    }
  const ofGatewayApi = own.filter((gateway) => !unselected.has(gateway)).flatMap(ofTheGatewayApi(snapshot, unselected));
  const ofGateways = groups.filter(({ gateways }) => !gateways.some((gateway) => unselected.has(gateway)));
  const [there, expected] = partition(
    [...ofGatewayApi, ...ofGateways.flatMap((group) => ofIstio(group, rootNamespace))],
    ({ isNamed, pods: found }) => isNamed === true || found.length > 0,
  );
  for (const candidate of there.sort(byPrecedence(rootNamespace))) {
    // Two filters in one proxy would be one too many: of selectors that take the same pods the widest stands for all of them.
    const taken = places.find((place) => candidate.pods.some((pod) => place.pods.has(pod)));
    if (taken === undefined) places.push(placeOf(candidate));
    else if (candidate.pods.every((pod) => taken.pods.has(pod))) join(taken, candidate);
    else for (const gateway of candidate.gateways) unselected.set(gateway, sharedProxies(gateway, rootNamespace));
  }
  const empty = ofGateways.filter((group) => group.pods.length === 0);
  for (const candidate of [...expected, ...empty.flatMap(besideGateways)].sort(byBreadth(rootNamespace))) {
    const taken = places.find((place) => takesAllOf(place, candidate, rootNamespace));
    if (taken === undefined) places.push(placeOf(candidate));
    else join(taken, candidate);
  }
  return { places, unselected };
}

function partition<T>(all: readonly T[], isFirst: (one: T) => boolean): [T[], T[]] {
  return [all.filter(isFirst), all.filter((one) => !isFirst(one))];
}

function unselectable(selector: Selector): Unselected | undefined {
  if (Object.keys(selector).length === 0) return sharedPods;
  const values = Object.entries(selector).map(([key, value]) => unlabelled(["spec", "selector", key], value));
  return values.find((why) => why !== undefined);
}

/** Some of its proxies are another Gateway's. */
function sharedProxies(gateway: AnyGateway, rootNamespace: string): Unselected {
  if (isOfIstio(gateway)) return sharedPods;
  return isManual(gateway) ? { ...sharedPods, field: ["spec", "addresses"] } : sharedLabel(rootNamespace);
}

const sharedPods: Unselected = {
  field: ["spec", "selector"],
  message:
    "selects proxies that no EnvoyFilter can: all of them, or some that the selector of another Gateway takes in part; use the labels of one workload",
};

const sharedLabel = (rootNamespace: string): Unselected => ({
  field: ["metadata", "name"],
  message: `is the label of proxies that no EnvoyFilter can select alone: in ${rootNamespace} it would select those of the name in every namespace, and elsewhere one for a Gateway of Istio there selects some of them; use another name there, or other labels for these`,
});

export function isOfGatewayApi(gateway: AnyGateway): gateway is MeshGateway {
  return gateway.apiVersion.startsWith(`${gatewayGroup}/`);
}

export function isOfIstio(gateway: AnyGateway): gateway is IstioGateway {
  return !isOfGatewayApi(gateway);
}

/** Gateways of the root namespace whose EnvoyFilter would reach the proxies of another Gateway, which has the name too. */
function sharedNames(gateways: readonly MeshGateway[], rootNamespace: string): ReadonlySet<MeshGateway> {
  const byName = Map.groupBy(gateways, ({ metadata }) => metadata.name);
  return new Set(
    gateways.filter(({ metadata: { name, namespace } }) => namespace === rootNamespace && byName.get(name)!.length > 1),
  );
}

/** Notes why a Gateway has none. */
const ofTheGatewayApi =
  ({ services, pods, mesh }: Snapshot, unselected: Map<AnyGateway, Unselected>) =>
  (gateway: MeshGateway): readonly Candidate[] => {
    const found = gatewayPods(gateway, services, mesh);
    const why = found.find((one) => "message" in one);
    if (why !== undefined) unselected.set(gateway, why);
    return found.flatMap((one): readonly Candidate[] => {
      if ("message" in one) return [];
      const { namespace, selector, isNamed } = one;
      const isThere = ({ metadata }: Pod): boolean =>
        namespace === mesh.rootNamespace || metadata.namespace === namespace;
      return [
        {
          ...{ namespace, selector, gateways: [gateway] },
          ...(isNamed ? { name: gateway.metadata.name, isNamed: true as const } : { name: nameOf(selector) }),
          pods: pods.filter((pod) => isThere(pod) && isSelected(pod, selector)),
        },
      ];
    });
  };

function ofIstio(group: Group, rootNamespace: string): readonly Candidate[] {
  const byNamespace = Map.groupBy(group.pods, ({ metadata }) => metadata.namespace);
  return [...byNamespace].map(([namespace, own]) => ({
    ...{ ...group, namespace },
    pods: namespace === rootNamespace ? group.pods : own,
  }));
}

/**
 * The root namespace's first, whose EnvoyFilters are for the pods of every namespace; there those named by their Gateway, which no label
 * that somebody adds takes its proxies from; then the widest selector.
 */
const byPrecedence =
  (rootNamespace: string) =>
  (a: Candidate, b: Candidate): number =>
    rank(a.namespace, rootNamespace) - rank(b.namespace, rootNamespace) ||
    compare(a.namespace, b.namespace) ||
    Number(b.isNamed === true) - Number(a.isNamed === true) ||
    b.pods.length - a.pods.length ||
    compare(selectorKey(a.selector), selectorKey(b.selector));

function besideGateways(group: Group): readonly Candidate[] {
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

const rank = (namespace: string, rootNamespace: string): number => (namespace === rootNamespace ? 0 : 1);

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** Read by people; the number tells it from a Gateway of the Gateway API, and from another selector. */
function nameOf(selector: Selector): string {
  const readable = (Object.values(selector)[0] ?? "").toLowerCase().replace(/[^a-z0-9-]/g, "-");
  return `${readable}-${digest(selectorKey(selector), 8)}`;
}
