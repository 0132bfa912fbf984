// In: a Service. Out: its ports whose requests Istio routes, by what it knows of their protocol.
import type { Service } from "../../api/kubernetes.ts";

export type HttpPorts = {
  /** HTTP by name. */
  readonly ports: readonly number[];
  /** Without a protocol: Istio has to look into them, so the Service has a route configuration of its own for each. */
  readonly sniffed: readonly number[];
};

/** Whether its clusters can be divided: those of an ExternalName and of a headless Service are of another kind. */
export function isDivisible(service: Service): boolean {
  const { type, clusterIP } = service.spec;
  if (type === "ExternalName" || clusterIP === "None") return false;
  const { ports, sniffed } = httpPorts(service);
  return ports.length + sniffed.length > 0;
}

const http = ["http", "http2", "grpc", "grpc-web"];
const other = ["tcp", "tls", "https", "mongo", "mysql", "redis", "udp", "hbone"];

/** As Istio selects protocols: by appProtocol, else by the name's first part; a port that says neither is looked into. */
export function httpPorts({ spec }: Service): HttpPorts {
  const ports: number[] = [];
  const sniffed: number[] = [];
  for (const { port, protocol, name = "", appProtocol } of spec.ports) {
    const first = name.startsWith("grpc-web") ? "grpc-web" : name.split("-", 1)[0]!;
    const said = (appProtocol?.replace(/^kubernetes\.io\/h2c$/, "http2") ?? first).toLowerCase();
    if (protocol !== "TCP" || other.includes(said)) continue;
    (http.includes(said) ? ports : sniffed).push(port);
  }
  return { ports, sniffed };
}
