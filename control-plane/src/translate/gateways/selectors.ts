// In: a Gateway of the Gateway API, Services, pods. Out: by which labels the pods of its proxies are selected, or why by none.

import type { Service } from "../../api/kubernetes.ts";
import type { MeshGateway } from "../../api/mesh-gateway.ts";
import type { MeshConfig } from "../../core/mesh-config.ts";
import type { Finding } from "../finding.ts";
import { gatewayNameLabel } from "../pods.ts";
import { hostName } from "../services/visibility.ts";

export type Selector = Readonly<Record<string, string>>;

/** `isNamed`: its pods have the Gateway's name as a label, which no others have. */
export type GatewayPods = { readonly namespace: string; readonly selector: Selector; readonly isNamed: boolean };
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
      unlabelled(["metadata", "name"], name) ?? { namespace, selector: { [gatewayNameLabel]: name }, isNamed: true },
    ];
  return gateway.spec.addresses.flatMap(({ type, value }, index): readonly (GatewayPods | Unselected)[] => {
    if (type !== "Hostname") return [];
    const field = ["spec", "addresses", index, "value"];
    const host = (value.includes(".") ? value : hostName(namespace, value, mesh)).replace(/\.$/, "").toLowerCase();
    const service = services.find(({ metadata }) => hostName(metadata.namespace, metadata.name, mesh) === host);
    if (service === undefined)
      return [{ field, message: `is no Service: there is no ${host}, so the Gateway's proxies are not known` }];
    const { selector } = service.spec;
    if (Object.keys(selector).length === 0)
      return [{ field, message: "is a Service without a selector, so the Gateway's proxies are not known" }];
    return [{ namespace: service.metadata.namespace, selector, isNamed: false }];
  });
}

export function isManual({ spec: { addresses } }: MeshGateway): boolean {
  const [first] = addresses;
  return first !== undefined && (addresses.length > 1 || first.type !== "IPAddress");
}

/** Kubernetes' limit of a label's value: the API server would refuse what selects by a longer one. */
const longestLabel = 63;

export function unlabelled(field: Unselected["field"], value: string): Unselected | undefined {
  return value.length <= longestLabel
    ? undefined
    : {
        field,
        message: `has ${value.length} characters, and a label has at most ${longestLabel}, so no label selects the Gateway's proxies; use a shorter one`,
      };
}
