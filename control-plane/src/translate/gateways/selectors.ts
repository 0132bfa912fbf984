// Finds the labels that select the pods of a Gateway's proxies, or reports why no labels do.
import type { Service } from "../../api/kubernetes.ts";
import type { MeshGateway } from "../../api/mesh-gateway.ts";
import { gatewayNameLabel } from "../../core/labels.ts";
import type { MeshConfig } from "../../core/mesh-config.ts";
import type { Finding } from "../finding.ts";
import { hostName } from "../services/visibility.ts";

export type Selector = Readonly<Record<string, string>>;

/** `isNamed`: its pods have the Gateway's name as a label, which no other pods have. */
type GatewayPods = { readonly namespace: string; readonly selector: Selector; readonly isNamed: boolean };
export type Unselected = Pick<Finding, "field" | "message">;

/** istiod runs proxies of its own for a Gateway, unless its addresses name Services (pilot: IsManaged, extractGatewayServices). */
export function gatewayPods(
  gateway: MeshGateway,
  services: readonly Service[],
  mesh: MeshConfig,
): readonly (GatewayPods | Unselected)[] {
  const { name, namespace } = gateway.metadata;
  if (!isManual(gateway))
    return [
      tooLong(["metadata", "name"], name) ?? { namespace, selector: { [gatewayNameLabel]: name }, isNamed: true },
    ];
  return gateway.spec.addresses.flatMap(({ type, value }, index): readonly (GatewayPods | Unselected)[] => {
    if (type !== "Hostname") return [];
    const field = ["spec", "addresses", index, "value"];
    const host = (value.includes(".") ? value : hostName(namespace, value, mesh)).replace(/\.$/, "").toLowerCase();
    const service = services.find(({ metadata }) => hostName(metadata.namespace, metadata.name, mesh) === host);
    if (service === undefined)
      return [
        {
          field,
          message: `names no Service: ${host} does not exist, so the Gateway's proxies are unknown; name their Service`,
        },
      ];
    const { selector } = service.spec;
    if (Object.keys(selector).length === 0)
      return [
        { field, message: "names a Service without a selector, so the Gateway's proxies are unknown; give it one" },
      ];
    return [{ namespace: service.metadata.namespace, selector, isNamed: false }];
  });
}

/** The proxies are the user's own, not istiod's. */
export function isManual({ spec: { addresses } }: MeshGateway): boolean {
  const [first] = addresses;
  return first !== undefined && (addresses.length > 1 || first.type !== "IPAddress");
}

/** Why no EnvoyFilter can have the selector of an Istio Gateway. */
export function unselectable(selector: Selector): Unselected | undefined {
  if (Object.keys(selector).length === 0) return sharedPods;
  const values = Object.entries(selector).map(([key, value]) => tooLong(["spec", "selector", key], value));
  return values.find((why) => why !== undefined);
}

/** Kubernetes' limit for a label's value: the API server would refuse a selector with a longer one. */
const longestLabel = 63;

function tooLong(field: Unselected["field"], value: string): Unselected | undefined {
  if (value.length <= longestLabel) return undefined;
  const message = `has ${value.length} characters, so it is no label that selects the Gateway's proxies; allowed: at most ${longestLabel}`;
  return { field, message };
}

export const sharedPods: Unselected = {
  field: ["spec", "selector"],
  message: "does not select this Gateway's proxies alone; give their pods a label of their own, and select by it",
};

export const sharedLabel = (rootNamespace: string): Unselected => ({
  field: ["metadata", "name"],
  message: `does not select this Gateway's proxies alone, as EnvoyFilters of ${rootNamespace} are for every namespace; rename the Gateway, or relabel the other pods`,
});
