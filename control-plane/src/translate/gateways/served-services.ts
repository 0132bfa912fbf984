// In: Istio's Gateways of one workload, VirtualServices. Out: the VirtualServices that the workload serves, each with its hosts there.
import type { IstioGateway, VirtualService } from "../../api/istio.ts";
import type { MeshConfig } from "../../core/mesh-config.ts";
import { ageKey, byAge } from "../order.ts";
import { istioGroup, type Target } from "../policies/targets.ts";
import { isExported } from "../services/visibility.ts";
import { gatewaysOf, hostsAt } from "./istio-attachment.ts";
import type { ServedRoute } from "./served-hosts.ts";

/** By namespace/name of the Gateway, oldest first. */
export type ServicesByGateway = ReadonlyMap<string, readonly VirtualService[]>;

export function servicesByGateway(services: readonly VirtualService[]): ServicesByGateway {
  const found = new Map<string, VirtualService[]>();
  for (const service of services.toSorted(byAge))
    for (const name of new Set(gatewaysOf(service))) found.set(name, [...(found.get(name) ?? []), service]);
  return found;
}

/** `namespace`: of the proxies, which the VirtualServices have to be exported to. */
export function servedServices(
  gateways: readonly IstioGateway[],
  bound: ServicesByGateway,
  namespace: string,
  mesh: MeshConfig,
): readonly ServedRoute[] {
  const served = gateways.flatMap((gateway) =>
    (bound.get(`${gateway.metadata.namespace}/${gateway.metadata.name}`) ?? [])
      .filter(
        ({ metadata, spec }) =>
          spec.http.length > 0 &&
          isExported(spec.exportTo, metadata.namespace, namespace, mesh.defaultExportTo.virtualService),
      )
      .map((service) => ({ service, gateway })),
  );
  return [...Map.groupBy(served, ({ service }) => service)].map(([service, all]): ServedRoute => {
    const { name, namespace: own } = service.metadata;
    return {
      target: { group: istioGroup, kind: "VirtualService", namespace: own, name },
      age: ageKey(service),
      hosts: all.flatMap(({ gateway }) =>
        hostsAt(service, gateway, mesh).map((claim) => ({ ...claim, gateway: istioTarget(gateway) })),
      ),
    };
  });
}

export function istioTarget({ metadata: { namespace, name } }: IstioGateway): Target {
  return { group: istioGroup, kind: "Gateway", namespace, name };
}
