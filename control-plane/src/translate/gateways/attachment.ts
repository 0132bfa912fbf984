// Finds a Gateway's listeners, including those of ListenerSets, the HTTPRoutes and GRPCRoutes that they accept, and each route's hosts
// there.
import type { ListenerSet, MeshGateway, MeshRoute } from "../../api/mesh-gateway.ts";
import { covers } from "../../core/host-pattern.ts";
import { selects } from "../../core/label-selector.ts";
import type { Snapshot } from "../../core/snapshot.ts";
import { gatewayGroup } from "../policies/targets.ts";

type Labels = Readonly<Record<string, string>>;
type NamespaceLabels = ReadonlyMap<string, Labels>;
type ListenerOwner = MeshGateway | ListenerSet;

/** A listener of a Gateway, with the routes that it accepts. */
export type Listener = {
  readonly listener: MeshGateway["spec"]["listeners"][number];
  /** The object that defines it. */
  readonly owner: ListenerOwner;
  readonly routes: readonly AttachedRoute[];
};

type AttachedRoute = {
  readonly route: MeshRoute;
  /** The hostnames that route and listener have in common; "*" is every host. */
  readonly hosts: readonly string[];
};

/** The listeners of a Gateway and of the ListenerSets that add to it: the Gateway's first, and then by age, oldest first. */
type ListenersOf = (gateway: MeshGateway) => readonly Listener[];

export function listeners({
  namespaces,
  routes,
  listenerSets = [],
}: Pick<Snapshot, "namespaces" | "routes" | "listenerSets">): ListenersOf {
  const labels = new Map(
    // Every API server sets this label, which files may omit.
    namespaces.map(({ metadata: { name, labels: own } }) => [name, { "kubernetes.io/metadata.name": name, ...own }]),
  );
  const byOwner = Map.groupBy(
    routes.flatMap((route) => [...parentsOf(route)].map((parent) => ({ route, parent }))),
    ({ parent }) => parent,
  );
  const setsOf = Map.groupBy(listenerSets, parentOf);
  return (gateway) => {
    const sets = (setsOf.get(idOf(gateway)) ?? []).filter((set) => takesListeners(gateway, set, labels));
    return [gateway, ...sets].flatMap((owner) => {
      const own = (byOwner.get(idOf(owner)) ?? []).map(({ route }) => route);
      return owner.spec.listeners.map((listener) => ({
        ...{ listener, owner },
        routes: own
          .filter((route) => isAttached(route, owner, listener) && takesRoutes(owner, listener, { route, labels }))
          .map((route) => ({ route, hosts: hostsAt(route, listener) })),
      }));
    });
  };
}

type Entry = Listener["listener"];

const idOf = ({ kind, metadata: { namespace, name } }: ListenerOwner): string => `${kind} ${namespace}/${name}`;

function parentsOf({ metadata, spec }: MeshRoute): ReadonlySet<string> {
  return new Set(
    spec.parentRefs.map(({ kind = "Gateway", namespace = metadata.namespace, name }) => `${kind} ${namespace}/${name}`),
  );
}

function parentOf({ metadata, spec: { parentRef } }: ListenerSet): string {
  const { group, kind, name, namespace = metadata.namespace } = parentRef;
  return group === gatewayGroup ? `${kind} ${namespace}/${name}` : "";
}

/** Whether a ListenerSet may add to the Gateway's listeners; by default none may. */
function takesListeners({ metadata, spec }: MeshGateway, set: ListenerSet, labels: NamespaceLabels): boolean {
  const { from, selector } = spec.allowedListeners?.namespaces ?? {};
  const { namespace } = set.metadata;
  if (from === "All") return true;
  if (from === "Same") return namespace === metadata.namespace;
  return (
    (from === undefined || from === "Selector") && selector !== undefined && selects(selector, labels.get(namespace))
  );
}

function isAttached({ kind, metadata, spec }: MeshRoute, owner: ListenerOwner, listener: Entry): boolean {
  return (
    takesKind(listener, kind) &&
    spec.parentRefs.some(
      (ref) =>
        (ref.group ?? gatewayGroup) === gatewayGroup &&
        (ref.kind ?? "Gateway") === owner.kind &&
        ref.name === owner.metadata.name &&
        (ref.namespace ?? metadata.namespace) === owner.metadata.namespace &&
        (ref.sectionName === undefined || ref.sectionName === listener.name) &&
        (ref.port === undefined || ref.port === listener.port),
    )
  );
}

/** A listener with another protocol has no requests to route (Gateway API, Listener.protocol). Without kinds it accepts every kind. */
function takesKind({ protocol, allowedRoutes }: Entry, kind: MeshRoute["kind"]): boolean {
  const kinds = allowedRoutes?.kinds ?? [];
  const isTaken = kinds.length === 0 || kinds.some((one) => one.group === gatewayGroup && one.kind === kind);
  return isTaken && (protocol === "HTTP" || protocol === "HTTPS");
}

type RouteAt = { readonly route: MeshRoute; readonly labels: NamespaceLabels };

/** Only routes in a namespace that the listener allows; otherwise anyone could classify the hosts of any Gateway. */
function takesRoutes(owner: ListenerOwner, listener: Entry, { route, labels }: RouteAt): boolean {
  const { from = "Same", selector } = listener.allowedRoutes?.namespaces ?? {};
  const { namespace } = route.metadata;
  if (from === "All") return true;
  if (from === "Same") return namespace === owner.metadata.namespace;
  return from === "Selector" && selector !== undefined && selects(selector, labels.get(namespace));
}

function hostsAt({ spec: { hostnames } }: MeshRoute, { hostname }: Entry): readonly string[] {
  if (hostnames.length === 0) return [hostname ?? "*"];
  if (hostname === undefined) return hostnames;
  return hostnames.flatMap((name) => {
    if (covers(hostname, name)) return [name];
    return covers(name, hostname) ? [hostname] : [];
  });
}
