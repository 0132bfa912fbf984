// Says why a policy's target has no host at any Gateway's proxies, and what to target or to change instead.
import type { MeshRoute } from "../../api/mesh-gateway.ts";
import { formatPath } from "../../api/parse.ts";
import type { Snapshot } from "../../core/snapshot.ts";
import type { UnselectedGateways } from "../gateways/deployments.ts";
import { keyOf, type Target, targetOf } from "./targets.ts";

/** The end of a message about the target's name. */
export type WhyUnattached = (target: Target) => string;

export function whyUnattached(snapshot: Snapshot, unselected: UnselectedGateways): WhyUnattached {
  const gateways = new Map(
    [...unselected].map(([gateway, { field, message }]) => {
      return [keyOf(targetOf(gateway)), `is a Gateway whose ${formatPath(field)} ${message}`];
    }),
  );
  const routes = new Map(snapshot.routes.map((route) => [keyOf(targetOf(route)), route]));
  return (target) => {
    if (target.kind === "Gateway") return gateways.get(keyOf(target)) ?? "has no HTTP server";
    const own =
      target.kind === "VirtualService" ? ofDelegate(snapshot, target) : ofListenerSet(routes.get(keyOf(target)));
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

function ofListenerSet(route: MeshRoute | undefined): string | undefined {
  const sets = (route?.spec.parentRefs ?? []).filter(({ kind }) => kind === "ListenerSet" || kind === "XListenerSet");
  return sets[0] === undefined
    ? undefined
    : `is attached to ${sets[0].kind} ${sets[0].name}, which is not read yet; attach it to a listener of the Gateway itself`;
}
