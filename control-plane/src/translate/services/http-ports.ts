// Finds a Service's ports whose requests Istio routes, by the protocol that the Service declares.
import type { Service } from "../../api/kubernetes.ts";
import { protocolOf } from "../../core/protocol.ts";

export type HttpPorts = {
  /** Declared as HTTP. */
  readonly ports: readonly number[];
  /** Without a protocol: Istio has to detect it, so the Service has a route configuration of its own for each. */
  readonly sniffed: readonly number[];
};

/** Whether it can have clusters by level: ExternalName and headless Services have other kinds of clusters. */
export function isEligible(service: Service): boolean {
  const { type, clusterIP } = service.spec;
  if (type === "ExternalName" || clusterIP === "None") return false;
  const { ports, sniffed } = httpPorts(service);
  return ports.length + sniffed.length > 0;
}

/** As Istio selects protocols: by appProtocol, otherwise by the first part of the name; without either, the protocol is detected. */
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
