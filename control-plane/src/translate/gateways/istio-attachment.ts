// In: a VirtualService and a Gateway of Istio. Out: whether they belong together, and the hosts that the VirtualService has there.
import type { IstioGateway, VirtualService } from "../../api/istio.ts";
import type { MeshConfig } from "../../core/mesh-config.ts";
import { covers, fullName } from "../services/visibility.ts";

type Server = IstioGateway["spec"]["servers"][number];

/** namespace/name of the Gateways that it is bound to, as istiod reads them (model/virtualservice.go: resolveGatewayName). */
export function gatewaysOf({ metadata, spec }: VirtualService): readonly string[] {
  return spec.gateways.filter((name) => name !== "mesh").map((name) => gatewayName(name, metadata.namespace));
}

/** Of its own namespace unless it says another: `infra/edge`, or as it was once written, `edge.infra.svc.cluster.local`. */
export function gatewayName(name: string, namespace: string): string {
  const [before = "", after] = name.split("/");
  if (after !== undefined) return `${before === "." ? namespace : before}/${after}`;
  const [short = "", other = namespace] = name.split(".");
  return `${other}/${short}`;
}

/** Sorted, by host and port. What passes a Gateway's HTTP servers is the intersection of its hosts and those of the VirtualService. */
export function hostsAt(
  service: VirtualService,
  gateway: IstioGateway,
  mesh: MeshConfig,
): readonly { readonly host: string; readonly port: number }[] {
  const { namespace } = service.metadata;
  const own = service.spec.hosts.map((host) => fullName(host, namespace, mesh));
  const found = httpServers(gateway).flatMap((server) =>
    serverHosts(server, gateway)
      .filter(([from]) => from === "*" || from === namespace)
      .flatMap(([, pattern]) => own.flatMap((host) => common(host, pattern)))
      .map((host) => ({ host, port: server.port.number ?? 0 })),
  );
  return [...new Map(found.map((one) => [`${one.host} ${one.port}`, one])).values()].sort((a, b) =>
    a.host < b.host ? -1 : a.host > b.host ? 1 : a.port - b.port,
  );
}

/** Sorted: whatever the namespaces that may use them. */
export function gatewayHosts(gateway: IstioGateway): readonly string[] {
  const found = httpServers(gateway).flatMap((server) => serverHosts(server, gateway).map(([, pattern]) => pattern));
  return [...new Set(found)].sort();
}

/** Servers whose requests Envoy sees. */
function httpServers({ spec }: IstioGateway): readonly Server[] {
  return spec.servers.filter(({ port, tls }) => {
    const protocol = port.protocol.toUpperCase();
    if (["HTTP", "HTTP2", "GRPC", "GRPC-WEB"].includes(protocol)) return true;
    return protocol === "HTTPS" && !(tls?.mode ?? "").endsWith("PASSTHROUGH");
  });
}

/** Namespaces that may use the host, and the host: `team/*.shop.example`, `./…` for the Gateway's own, all without either. */
function serverHosts({ hosts }: Server, { metadata }: IstioGateway): readonly (readonly [string, string])[] {
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
