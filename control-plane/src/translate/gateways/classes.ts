// In: Gateways of the Gateway API, GatewayClasses. Out: whose controller runs a Gateway's proxies; only those of Istio's gateway controller are ours.
import type { MeshGateway } from "../../api/mesh-gateway.ts";
import type { Snapshot } from "../../core/snapshot.ts";

const istioController = "istio.io/gateway-controller";

/** Classes that istiod makes by itself (pilot/pkg/config/kube/gatewaycommon): files need not have them. */
const madeByIstiod: ReadonlyMap<string, string> = new Map([
  ["istio", istioController],
  ["istio-remote", "istio.io/unmanaged-gateway"],
  ["istio-waypoint", "istio.io/mesh-controller"],
  ["istio-east-west", "istio.io/eastwest-controller"],
]);

/** Undefined: of a class that is not there. */
export type ControllerOf = (gateway: MeshGateway) => string | undefined;

export function controllers({ gatewayClasses = [] }: Pick<Snapshot, "gatewayClasses">): ControllerOf {
  const said = new Map(gatewayClasses.map(({ metadata, spec }) => [metadata.name, spec.controllerName]));
  return ({ spec: { gatewayClassName = "istio" } }) => said.get(gatewayClassName) ?? madeByIstiod.get(gatewayClassName);
}

/** No proxy of such a Gateway is ours to configure. */
export function foreignGateways(snapshot: Pick<Snapshot, "gateways" | "gatewayClasses">): ReadonlySet<MeshGateway> {
  const controllerOf = controllers(snapshot);
  return new Set(snapshot.gateways.filter((gateway) => controllerOf(gateway) !== istioController));
}

/** Why nothing of ours is at a foreign Gateway's proxies. */
export function whyForeign(snapshot: Pick<Snapshot, "gatewayClasses">, gateway: MeshGateway): string {
  const name = gateway.spec.gatewayClassName ?? "";
  const controller = controllers(snapshot)(gateway);
  if (snapshot.gatewayClasses === undefined)
    return `is of class ${name}, and GatewayClasses are not read here: its proxies are left alone; allowed: class istio`;
  return controller === undefined
    ? `is of class ${name}, and there is no GatewayClass ${name} to say whose proxies these are, so they are left alone; add the GatewayClass`
    : `is of class ${name}, whose controller is ${controller}: its proxies are left alone; allowed: ${istioController}`;
}
