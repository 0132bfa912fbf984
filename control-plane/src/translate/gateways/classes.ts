// Finds out whose controller runs the proxies of a Gateway of the Gateway API: only those of Istio's gateway controller are configured.
import type { MeshGateway } from "../../api/mesh-gateway.ts";
import type { Snapshot } from "../../core/snapshot.ts";

const istioController = "istio.io/gateway-controller";

/** Classes that istiod creates by itself (pilot/pkg/config/kube/gatewaycommon); files need not contain them. */
const madeByIstiod: ReadonlyMap<string, string> = new Map([
  ["istio", istioController],
  ["istio-remote", "istio.io/unmanaged-gateway"],
  ["istio-waypoint", "istio.io/mesh-controller"],
  ["istio-east-west", "istio.io/eastwest-controller"],
]);

/** Undefined if the class does not exist. */
type ControllerOf = (gateway: MeshGateway) => string | undefined;

function controllers({ gatewayClasses = [] }: Pick<Snapshot, "gatewayClasses">): ControllerOf {
  const said = new Map(gatewayClasses.map(({ metadata, spec }) => [metadata.name, spec.controllerName]));
  return ({ spec: { gatewayClassName = "istio" } }) => said.get(gatewayClassName) ?? madeByIstiod.get(gatewayClassName);
}

/** Gateways whose proxies are not Istio's, so that nothing configures them here. */
export function foreignGateways(snapshot: Pick<Snapshot, "gateways" | "gatewayClasses">): ReadonlySet<MeshGateway> {
  const controllerOf = controllers(snapshot);
  return new Set(snapshot.gateways.filter((gateway) => controllerOf(gateway) !== istioController));
}

/** Why a foreign Gateway's proxies are not configured. */
export function whyForeign(snapshot: Pick<Snapshot, "gatewayClasses">, gateway: MeshGateway): string {
  const name = gateway.spec.gatewayClassName ?? "";
  const controller = controllers(snapshot)(gateway);
  if (snapshot.gatewayClasses === undefined)
    return `is of class ${name}, and GatewayClasses are not read here, so its proxies are left alone; use class istio`;
  return controller === undefined
    ? `is of class ${name}, which no GatewayClass defines, so its proxies are left alone; add the GatewayClass, or use class istio`
    : `is of class ${name}, run by ${controller}, so its proxies are left alone; use a class of ${istioController}`;
}
