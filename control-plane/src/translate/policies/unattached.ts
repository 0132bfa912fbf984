// Reports why a policy's target has no host at any Gateway's proxies, and what to target or change instead.
import type { MeshRoute } from "../../api/mesh-gateway.ts";
import { formatPath } from "../../api/parse.ts";
import type { Snapshot } from "../../core/snapshot.ts";
import type { UnselectedGateways } from "../gateways/deployments.ts";
import { keyOf, type Target, targetOf } from "./targets.ts";

/** The end of a message that begins with the target's name. */
export type WhyUnattached = (target: Target) => string;

export function whyUnattached(snapshot: Snapshot, unselected: UnselectedGateways): WhyUnattached {
  const gateways = new Map(
    [...unselected].map(([gateway, { field, message }]) => {
      return [keyOf(targetOf(gateway)), `is a Gateway whose ${formatPath(field)} ${message}`];
    }),
  );
  const routes = new Map(snapshot.routes.map((route) => [keyOf(targetOf(route)), route]));
  return (target) => {
    if (target.kind === "Gateway")
      return (
        gateways.get(keyOf(target)) ??
        "has no HTTP server, so there are no requests to classify; add a server or listener of protocol HTTP"
      );
    const own =
      target.kind === "VirtualService"
        ? ofDelegate(snapshot, target)
        : ofListenerSet(snapshot, routes.get(keyOf(target)));
    return (
      own ??
      `has no host at any Gateway; attach the ${target.kind} to a Gateway that takes it, or target the Service to classify inside the mesh`
    );
  };
}

/** Its routes are in the virtual hosts of the VirtualServices that name it. */
function ofDelegate({ virtualServices }: Snapshot, { namespace, name }: Target): string | undefined {
  const own = virtualServices.find(({ metadata }) => metadata.namespace === namespace && metadata.name === name);
  if (own === undefined || own.spec.hosts.length > 0) return undefined;
  const roots = virtualServices
    .filter(({ metadata, spec }) =>
      spec.http.some(
        ({ delegate }) => delegate?.name === name && (delegate.namespace || metadata.namespace) === namespace,
      ),
    )
    .map(({ metadata }) => metadata);
  const [first] = roots;
  if (first === undefined)
    return "has no hosts, and no VirtualService delegates to it, so it gets no requests; give it hosts, or delegate to it";
  const names = roots.map((root) => `${root.namespace}/${root.name}`).join(" and ");
  const isOwn = roots.every((root) => root.namespace === namespace);
  return `is a delegate of VirtualService ${names}, where its requests are classified; ${isOwn ? "target that one" : `leave the rules to a policy of namespace ${first.namespace}`}`;
}

function ofListenerSet({ listenerSets = [] }: Snapshot, route: MeshRoute | undefined): string | undefined {
  const parent = route?.spec.parentRefs.find(({ kind }) => kind === "ListenerSet" || kind === "XListenerSet");
  if (route === undefined || parent === undefined) return undefined;
  const { kind, name, namespace = route.metadata.namespace } = parent;
  const which = `is attached to ${kind} ${namespace}/${name}, which`;
  if (kind === "XListenerSet") return `${which} is not read; use a ListenerSet of gateway.networking.k8s.io/v1`;
  const set = listenerSets.find(({ metadata }) => metadata.namespace === namespace && metadata.name === name);
  if (set === undefined) return `${which} does not exist; create it, or correct parentRefs`;
  const { parentRef } = set.spec;
  const gateway = `Gateway ${parentRef.namespace ?? namespace}/${parentRef.name}`;
  return `${which} does not take it or is not allowed by ${gateway}; check its allowedRoutes, and allowedListeners of the Gateway`;
}
