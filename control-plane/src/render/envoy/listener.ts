// In: one proxy of the plan. Out: its listeners: inbound and outbound of a sidecar, one per port of a gateway.
import type { EnvoyPlan, GatewayProxy, MeshProxy, Sidecar } from "../../core/plan.ts";
import { filterConfig, wasmFilter } from "./filter.ts";
import { httpConnectionManager } from "./http-connection-manager.ts";
import { inboundPort, outboundPort } from "./names.ts";
import { gatewayVirtualHosts, inboundVirtualHosts, outboundVirtualHosts } from "./route.ts";
import { any, type Message } from "./types.ts";

export function listeners(plan: EnvoyPlan, proxy: MeshProxy, filterFile: string): Message[] {
  return proxy.role === "gateway"
    ? gatewayListeners(plan, proxy, filterFile)
    : [inbound(plan, proxy, filterFile), outbound(plan, proxy, filterFile)];
}

/** Redirected connections keep the port that they were meant for, and that port chooses the chain. */
function inbound(plan: EnvoyPlan, proxy: Sidecar, filterFile: string): Message {
  const chains = proxy.ports.map((port) => ({
    filter_chain_match: { destination_port: port },
    filters: [
      httpConnectionManager({
        name: `inbound_${port}`,
        virtualHosts: inboundVirtualHosts(port),
        httpFilters: filters(plan, proxy, "inbound", filterFile),
        isEdge: false,
      }),
    ],
  }));
  return {
    ...listener("virtualInbound", inboundPort, "INBOUND", chains),
    listener_filters: [
      {
        name: "envoy.filters.listener.original_dst",
        typed_config: any("envoy.extensions.filters.listener.original_dst.v3.OriginalDst", {}),
      },
    ],
  };
}

function outbound(plan: EnvoyPlan, proxy: Sidecar, filterFile: string): Message {
  const manager = httpConnectionManager({
    name: "outbound",
    virtualHosts: outboundVirtualHosts(plan, proxy.namespace),
    httpFilters: filters(plan, proxy, "outbound", filterFile),
    isEdge: false,
  });
  return listener("virtualOutbound", outboundPort, "OUTBOUND", [{ filters: [manager] }]);
}

/**
 * Where nobody's level is believed, Envoy itself removes the header: a client can't choose its level even while the filter
 * is missing or has trapped.
 */
function gatewayListeners(plan: EnvoyPlan, proxy: GatewayProxy, filterFile: string): Message[] {
  return proxy.listeners.map(({ port, virtualHosts }) => {
    const manager = httpConnectionManager({
      name: `gateway_${port}`,
      virtualHosts: gatewayVirtualHosts(plan, virtualHosts),
      httpFilters: filters(plan, proxy, "gateway", filterFile),
      isEdge: true,
      ...(plan.mode === "Enforce" && proxy.classification.trust === "Never" ? { removedHeader: plan.header } : {}),
      ...levelOfRequest(plan),
    });
    return listener(`gateway_${port}`, port, "OUTBOUND", [{ filters: [manager] }]);
  });
}

/**
 * The response tells the client the level of its request, whatever the upstream wrote. Only a gateway does it: Envoy's own
 * header parser takes about as long as all of header_mutation, and between services nobody reads it.
 */
function levelOfRequest(plan: EnvoyPlan): { readonly responseHeaders?: readonly Message[] } {
  if (plan.mode !== "Enforce") return {};
  const header = { key: plan.header, value: `%REQ(${plan.header})%` };
  return { responseHeaders: [{ header, append_action: "OVERWRITE_IF_EXISTS_OR_ADD", keep_empty_value: false }] };
}

function filters(
  plan: EnvoyPlan,
  proxy: MeshProxy,
  role: "inbound" | "outbound" | "gateway",
  filterFile: string,
): readonly Message[] {
  return plan.mode === "Disabled" ? [] : [wasmFilter(filterConfig(plan, role, proxy.classification), filterFile)];
}

function listener(name: string, port: number, direction: string, chains: readonly Message[]): Message {
  return {
    name,
    traffic_direction: direction,
    address: { socket_address: { address: "0.0.0.0", port_value: port } },
    filter_chains: chains,
  };
}
