// Decides which VirtualServices a Gateway of Istio accepts, and which hosts each has there.
import type { IstioGateway, VirtualService } from "../../api/istio.ts";
import { covers } from "../../core/host-pattern.ts";
import type { MeshConfig } from "../../core/mesh-config.ts";
import { protocolOf } from "../../core/protocol.ts";
import type { Snapshot } from "../../core/snapshot.ts";
import { byAge, compare } from "../order.ts";
import { fullName, isExported } from "../services/visibility.ts";

type Server = IstioGateway["spec"]["servers"][number];
type HostAtPort = { readonly host: string; readonly port: number };

type BoundService = { readonly service: VirtualService; readonly hosts: readonly HostAtPort[] };

/** Oldest first. `namespace`: that of the proxies, to which the VirtualServices must be exported. */
type BoundServices = (gateway: IstioGateway, namespace: string) => readonly BoundService[];

export function boundServices({ virtualServices, mesh }: Pick<Snapshot, "virtualServices" | "mesh">): BoundServices {
  const byGateway = Map.groupBy(
    virtualServices
      .toSorted(byAge)
      .flatMap((service) => [...new Set(gatewaysOf(service))].map((id) => ({ service, id }))),
    ({ id }) => id,
  );
  return (gateway, namespace) =>
    (byGateway.get(`${gateway.metadata.namespace}/${gateway.metadata.name}`) ?? [])
      .filter(({ service: { metadata, spec } }) => {
        const { exportTo, http } = spec;
        return (
          http.length > 0 &&
          isExported({ exportTo, namespace: metadata.namespace }, namespace, mesh.defaultExportTo.virtualService)
        );
      })
      .map(({ service }) => ({ service, hosts: hostsAt(service, gateway, mesh) }));
}

/** namespace/name of the Gateways that it is bound to, as istiod reads them (model/virtualservice.go: resolveGatewayName). */
export function gatewaysOf({ metadata, spec }: VirtualService): readonly string[] {
  return spec.gateways.filter((name) => name !== "mesh").map((name) => gatewayName(name, metadata.namespace));
}

/** In the VirtualService's own namespace unless it names another: `infra/edge`, or in the old form, `edge.infra.svc.cluster.local`. */
function gatewayName(name: string, namespace: string): string {
  const [before = "", after] = name.split("/");
  if (after !== undefined) return `${before === "." ? namespace : before}/${after}`;
  const [short = "", other = namespace] = name.split(".");
  return `${other}/${short}`;
}

/** What the Gateway's HTTP servers and the VirtualService have in common, sorted by host and port. */
function hostsAt(service: VirtualService, gateway: IstioGateway, mesh: MeshConfig): readonly HostAtPort[] {
  const { namespace } = service.metadata;
  const own = service.spec.hosts.map((host) => fullName(host, namespace, mesh));
  const found = httpServers(gateway).flatMap((server) =>
    hostsOf(server, gateway)
      .filter(([from]) => from === "*" || from === namespace)
      .flatMap(([, pattern]) => own.flatMap((host) => common(host, pattern)))
      .map((host) => ({ host, port: server.port.number ?? 0 })),
  );
  return eachOnce(found);
}

/** Sorted by host and port. */
export function eachOnce(hosts: readonly HostAtPort[]): readonly HostAtPort[] {
  return [...new Map(hosts.map((one) => [`${one.host} ${one.port}`, one])).values()].sort(
    (a, b) => compare(a.host, b.host) || a.port - b.port,
  );
}

/** Sorted, for all namespaces that may use them. */
export function hostsOfServers(gateway: IstioGateway): readonly string[] {
  const found = httpServers(gateway).flatMap((server) => hostsOf(server, gateway).map(([, pattern]) => pattern));
  return [...new Set(found)].sort();
}

/** Servers whose requests Envoy sees. */
function httpServers({ spec }: IstioGateway): readonly Server[] {
  return spec.servers.filter(({ port, tls }) => {
    const protocol = protocolOf(port.protocol);
    return protocol === "HTTP" || (protocol === "HTTPS" && !(tls?.mode ?? "").endsWith("PASSTHROUGH"));
  });
}

/** Namespaces that may use the host, and the host: `team/*.shop.example`, or `./…` for the Gateway's own; without a namespace, all may. */
function hostsOf({ hosts }: Server, { metadata }: IstioGateway): readonly (readonly [string, string])[] {
  return hosts.map((entry) => {
    const [namespace = "", host] = entry.split("/");
    if (host === undefined) return ["*", entry.toLowerCase()];
    return [namespace === "." ? metadata.namespace : namespace, host.toLowerCase()];
  });
}

function common(host: string, pattern: string): string[] {
  if (covers(pattern, host)) return [host];
  return covers(host, pattern) ? [pattern] : [];
}
