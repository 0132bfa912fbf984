// Groups gateway pods by the selectors of their Gateways: each group can be one deployment if no other group has some of its pods.
import type { IstioGateway } from "../../api/istio.ts";
import type { Pod } from "../../api/kubernetes.ts";
import type { MeshGateway } from "../../api/mesh-gateway.ts";
import { byNamespace } from "../../core/by-namespace.ts";
import { digest } from "../../core/digest.ts";
import { isSelectedByService } from "../../core/labels.ts";
import type { Snapshot } from "../../core/snapshot.ts";
import { byAge, compare } from "../order.ts";
import { selectorKey } from "../pods.ts";
import { gatewayGroup } from "../policies/targets.ts";
import { foreignGateways } from "./classes.ts";
import { gatewayPods, isManual, type Selector, sharedLabel, type Unselected, unselectable } from "./selectors.ts";

export type AnyGateway = IstioGateway | MeshGateway;

export type Candidate = Group & { readonly namespace: string };

type Group = {
  readonly name: string;
  readonly selector: Selector;
  readonly gateways: readonly AnyGateway[];
  readonly pods: readonly Pod[];
  /** Selected by the Gateway's own name. */
  readonly isNamed?: true;
};

type Candidates = {
  /** In the order in which they get their pods. */
  readonly running: readonly Candidate[];
  /** Those without pods yet. */
  readonly expected: readonly Candidate[];
  /** Gateways whose proxies can't be selected, and why. */
  readonly unselected: ReadonlyMap<AnyGateway, Unselected>;
};

/**
 * A Gateway of the Gateway API has pods in its own namespace, or those of the Services that its addresses name. One of Istio selects pods
 * in every namespace (istiod's PILOT_SCOPE_GATEWAY_TO_NAMESPACE is off by default), while an EnvoyFilter selects those in its own, or in
 * the root namespace those of all: so there is one candidate per namespace and selector. While there are no pods, they are expected in the
 * Gateway's namespace.
 */
export function candidates(snapshot: Snapshot): Candidates {
  const { rootNamespace } = snapshot.mesh;
  const unselected = new Map<AnyGateway, Unselected>();
  const ofGatewayApi = candidatesOfGatewayApi(snapshot, unselected);
  const groups = groupsOfIstio(snapshot, unselected);
  const all = [...ofGatewayApi, ...groups.flatMap((group) => byNamespaceOfPods(group, rootNamespace))];
  const isRunning = ({ isNamed, pods }: Candidate): boolean => isNamed === true || pods.length > 0;
  const empty = groups.filter(({ pods }) => pods.length === 0).flatMap(byNamespaceOfGateways);
  return {
    running: all.filter(isRunning).sort(byPrecedence(rootNamespace)),
    expected: [...all.filter((one) => !isRunning(one)), ...empty].sort(byBreadth(rootNamespace)),
    unselected,
  };
}

export function isOfGatewayApi(gateway: AnyGateway): gateway is MeshGateway {
  return gateway.apiVersion.startsWith(`${gatewayGroup}/`);
}

function candidatesOfGatewayApi(snapshot: Snapshot, unselected: Map<AnyGateway, Unselected>): readonly Candidate[] {
  const { services, pods, mesh } = snapshot;
  const foreign = foreignGateways(snapshot);
  const own = snapshot.gateways.filter((gateway) => !foreign.has(gateway));
  const named = own.filter((gateway) => !isManual(gateway));
  for (const gateway of sharedNames(named, mesh.rootNamespace))
    unselected.set(gateway, sharedLabel(mesh.rootNamespace));
  return own
    .filter((gateway) => !unselected.has(gateway))
    .flatMap((gateway) => {
      const found = gatewayPods(gateway, services, mesh);
      return found.flatMap((one): Candidate[] => {
        if ("message" in one) {
          if (!unselected.has(gateway)) unselected.set(gateway, one);
          return [];
        }
        const { namespace, selector, isNamed } = one;
        const isThere = ({ metadata }: Pod): boolean =>
          namespace === mesh.rootNamespace || metadata.namespace === namespace;
        return [
          {
            ...{ namespace, selector, gateways: [gateway] },
            ...(isNamed ? { name: gateway.metadata.name, isNamed: true as const } : { name: nameOf(selector) }),
            pods: pods.filter((pod) => isThere(pod) && isSelectedByService(selector, pod.metadata.labels)),
          },
        ];
      });
    });
}

/** Gateways of the root namespace whose EnvoyFilter would also reach another Gateway's proxies, because that Gateway has the same name. */
function sharedNames(gateways: readonly MeshGateway[], rootNamespace: string): readonly MeshGateway[] {
  const byName = Map.groupBy(gateways, ({ metadata }) => metadata.name);
  return gateways.filter(
    ({ metadata: { name, namespace } }) => namespace === rootNamespace && byName.get(name)!.length > 1,
  );
}

/** By selector, in all namespaces with such Gateways and pods. */
function groupsOfIstio({ istioGateways, pods }: Snapshot, unselected: Map<AnyGateway, Unselected>): readonly Group[] {
  const bySelector = Map.groupBy(istioGateways.toSorted(byAge), ({ spec }) => selectorKey(spec.selector));
  return [...bySelector.values()].flatMap((gateways): Group[] => {
    const { selector } = gateways[0]!.spec;
    const why = unselectable(selector);
    if (why === undefined)
      return [
        {
          name: nameOf(selector),
          selector,
          gateways,
          pods: pods.filter((pod) => isSelectedByService(selector, pod.metadata.labels)),
        },
      ];
    for (const gateway of gateways) unselected.set(gateway, why);
    return [];
  });
}

function byNamespaceOfPods(group: Group, rootNamespace: string): readonly Candidate[] {
  const namespaces = byNamespace(group.pods);
  return [...namespaces].map(([namespace, own]) => ({
    ...{ ...group, namespace },
    pods: namespace === rootNamespace ? group.pods : own,
  }));
}

function byNamespaceOfGateways(group: Group): readonly Candidate[] {
  const namespaces = byNamespace(group.gateways);
  return [...namespaces].map(([namespace, gateways]) => ({ ...group, namespace, gateways }));
}

type Order = (a: Candidate, b: Candidate) => number;

/**
 * The root namespace comes first, because its EnvoyFilters apply to pods in every namespace; within a namespace first those named by their
 * Gateway, whose proxies no label added by others can take away; then the widest selector.
 */
const byPrecedence =
  (rootNamespace: string): Order =>
  (a, b) =>
    rank(a.namespace, rootNamespace) - rank(b.namespace, rootNamespace) ||
    compare(a.namespace, b.namespace) ||
    Number(b.isNamed === true) - Number(a.isNamed === true) ||
    b.pods.length - a.pods.length ||
    compare(selectorKey(a.selector), selectorKey(b.selector));

/** Like precedence, for selectors whose pods are not known yet: the one with fewer labels is wider. */
const byBreadth =
  (rootNamespace: string): Order =>
  (a, b) =>
    rank(a.namespace, rootNamespace) - rank(b.namespace, rootNamespace) ||
    Object.keys(a.selector).length - Object.keys(b.selector).length ||
    compare(selectorKey(a.selector), selectorKey(b.selector)) ||
    compare(a.namespace, b.namespace);

const rank = (namespace: string, rootNamespace: string): number => (namespace === rootNamespace ? 0 : 1);

/** For people to read; the digest distinguishes it from a Gateway of the Gateway API, and from another selector. */
function nameOf(selector: Selector): string {
  const readable = (Object.values(selector)[0] ?? "").toLowerCase().replace(/[^a-z0-9-]/g, "-");
  return `${readable}-${digest(selectorKey(selector), 8)}`;
}
