// Decides which HTTPRoutes and GRPCRoutes a Gateway's listeners take, and which hosts each route has there.
import type { MeshGateway, MeshRoute } from "../../api/mesh-gateway.ts";
import { covers } from "../../core/host-pattern.ts";
import type { Snapshot } from "../../core/snapshot.ts";
import { gatewayGroup } from "../policies/targets.ts";

type Listener = MeshGateway["spec"]["listeners"][number];
type NamespaceLabels = ReadonlyMap<string, Readonly<Record<string, string>>>;

/** A route that a listener takes. */
export type Attachment = {
  readonly route: MeshRoute;
  readonly listener: Listener;
  /** The hostnames that the two have in common; "*" is every host. */
  readonly hosts: readonly string[];
};

/** Of a Gateway, in the order of its listeners. */
export type AttachmentsOf = (gateway: MeshGateway) => readonly Attachment[];

export function attachments({ namespaces, routes }: Pick<Snapshot, "namespaces" | "routes">): AttachmentsOf {
  const labels = new Map(namespaces.map(({ metadata }) => [metadata.name, metadata.labels ?? {}]));
  const byParent = Map.groupBy(
    routes.flatMap((route) => [...parentsOf(route)].map((parent) => ({ route, parent }))),
    ({ parent }) => parent,
  );
  return (gateway) => {
    const { namespace, name } = gateway.metadata;
    const own = (byParent.get(`${namespace}/${name}`) ?? []).map(({ route }) => route);
    return gateway.spec.listeners.flatMap((listener) =>
      own
        .filter((route) => isAttached(route, gateway, listener) && isAllowed(route, { gateway, listener, labels }))
        .map((route) => ({ route, listener, hosts: hostsAt(route, listener) })),
    );
  };
}

function parentsOf({ metadata, spec }: MeshRoute): ReadonlySet<string> {
  return new Set(spec.parentRefs.map((ref) => `${ref.namespace ?? metadata.namespace}/${ref.name}`));
}

function isAttached({ kind, metadata, spec }: MeshRoute, gateway: MeshGateway, listener: Listener): boolean {
  return (
    takesKind(listener, kind) &&
    spec.parentRefs.some(
      (ref) =>
        (ref.group ?? gatewayGroup) === gatewayGroup &&
        (ref.kind ?? "Gateway") === "Gateway" &&
        ref.name === gateway.metadata.name &&
        (ref.namespace ?? metadata.namespace) === gateway.metadata.namespace &&
        (ref.sectionName === undefined || ref.sectionName === listener.name) &&
        (ref.port === undefined || ref.port === listener.port),
    )
  );
}

/** A listener of another protocol has no requests to route (Gateway API, Listener.protocol). Without kinds it takes every kind. */
function takesKind({ protocol, allowedRoutes }: Listener, kind: MeshRoute["kind"]): boolean {
  const kinds = allowedRoutes?.kinds ?? [];
  const isTaken = kinds.length === 0 || kinds.some((one) => one.group === gatewayGroup && one.kind === kind);
  return isTaken && (protocol === "HTTP" || protocol === "HTTPS");
}

type At = { readonly gateway: MeshGateway; readonly listener: Listener; readonly labels: NamespaceLabels };

/** Only a route of a namespace that the listener allows: else anybody could classify the hosts of any Gateway. */
function isAllowed({ metadata: { namespace } }: MeshRoute, { gateway, listener, labels }: At): boolean {
  const { from = "Same", selector } = listener.allowedRoutes?.namespaces ?? {};
  if (from === "All") return true;
  if (from === "Same") return namespace === gateway.metadata.namespace;
  if (from !== "Selector" || selector === undefined) return false;
  const own = labels.get(namespace) ?? {};
  return (
    Object.entries(selector.matchLabels).every(([key, value]) => own[key] === value) &&
    selector.matchExpressions.every((expression) => holds(expression, own))
  );
}

type Expression = { readonly key: string; readonly operator: string; readonly values: readonly string[] };

/** As a LabelSelector of Kubernetes. */
function holds({ key, operator, values }: Expression, labels: Readonly<Record<string, string>>): boolean {
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

function hostsAt({ spec: { hostnames } }: MeshRoute, { hostname }: Listener): readonly string[] {
  if (hostnames.length === 0) return [hostname ?? "*"];
  if (hostname === undefined) return hostnames;
  return hostnames.flatMap((name) => {
    if (covers(hostname, name)) return [name];
    return covers(name, hostname) ? [hostname] : [];
  });
}
