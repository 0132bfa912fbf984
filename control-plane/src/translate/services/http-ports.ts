// Finds a Service's ports whose requests Istio routes, by what the Service says of their protocol.
import type { Service } from "../../api/kubernetes.ts";
import { protocolOf } from "../../core/protocol.ts";

export type HttpPorts = {
  /** HTTP by name. */
  readonly ports: readonly number[];
  /** Without a protocol: Istio has to look into them, so the Service has a route configuration of its own for each. */
  readonly sniffed: readonly number[];
};

/** Whether it can have clusters by level: an ExternalName and a headless Service have clusters of another kind. */
export function isEligible(service: Service): boolean {
  const { type, clusterIP } = service.spec;
  if (type === "ExternalName" || clusterIP === "None") return false;
  const { ports, sniffed } = httpPorts(service);
  return ports.length + sniffed.length > 0;
}

/** As Istio selects protocols: by appProtocol, else by the name's first part; a port that says neither is looked into. */
export function httpPorts({ spec }: Service): HttpPorts {
  const ports: number[] = [];
  const sniffed: number[] = [];
  for (const { port, protocol, name = "", appProtocol } of spec.ports) {
    const first = name.startsWith("grpc-web") ? "grpc-web" : name.split("-", 1)[0]!;
    const said = protocolOf(appProtocol?.replace(/^kubernetes\.io\/h2c$/, "http2") ?? first);
    if (protocol !== "TCP") continue;
    if (said === "HTTP") ports.push(port);
    else if (said === "Unknown") sniffed.push(port);
  }
  return { ports, sniffed };
}
