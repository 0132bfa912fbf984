// In: a policy's target that has no host at any Gateway's proxies, and everything around it. Out: why, and what to target or to change instead.
import type { MeshRoute } from "../../api/mesh-gateway.ts";
import { formatPath } from "../../api/parse.ts";
import type { Snapshot } from "../../core/snapshot.ts";
import { isOfGatewayApi, type UnselectedGateways } from "../gateways/deployments.ts";
import { gatewayGroup, istioGroup, keyOf, type Target } from "./targets.ts";

/** The end of a message about the target's name. */
export type WhyUnattached = (target: Target) => string;

export function whyUnattached(snapshot: Snapshot, unselected: UnselectedGateways): WhyUnattached {
  const gateways = new Map(
    [...unselected].map(([gateway, { field, message }]) => {
      const { namespace, name } = gateway.metadata;
      const group = isOfGatewayApi(gateway) ? gatewayGroup : istioGroup;
      const text = `is a Gateway whose ${formatPath(field)} ${message}`;
      return [keyOf({ group, kind: "Gateway", namespace, name }), text];
    }),
  );
  const routes = new Map(snapshot.routes.map((route) => [routeKey(route), route]));
  return (target) => {
    if (target.kind === "Gateway") return gateways.get(keyOf(target)) ?? "has no HTTP server";
    const own =
      target.kind === "VirtualService" ? ofDelegate(snapshot, target) : ofListenerSet(routes.get(keyOf(target)));
    return (
      own ??
      `has no host at a Gateway: none that is there takes the ${target.kind}; to classify inside the mesh target the Service`
    );
  };
}

function routeKey({ kind, metadata: { namespace, name } }: MeshRoute): string {
  return keyOf({ group: gatewayGroup, kind, namespace, name });
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
    return "has no hosts, and no VirtualService delegates to it, so it has no requests to classify";
  const names = roots.map((root) => `${root.namespace}/${root.name}`).join(" and ");
  const isOwn = roots.every((root) => root.namespace === namespace);
  return `is a delegate: its requests are classified where VirtualService ${names} is; ${isOwn ? "target that one" : `leave the rules to a policy of namespace ${first.namespace}`}`;
}

function ofListenerSet(route: MeshRoute | undefined): string | undefined {
  const sets = (route?.spec.parentRefs ?? []).filter(({ kind }) => kind === "ListenerSet" || kind === "XListenerSet");
  return sets[0] === undefined
    ? undefined
    : `is attached to ${sets[0].kind} ${sets[0].name}, and no ${sets[0].kind} is read here yet; attach it to a listener of the Gateway itself`;
}
