// In: one proxy of the plan. Out: its listeners: inbound and outbound of a sidecar, one per port of a gateway.
import type { EnvoyPlan, GatewayProxy, MeshProxy, Sidecar } from "../../core/plan.ts";
import { filterConfig, wasmFilter } from "../xds/filter.ts";
import { any, type Message } from "../xds/message.ts";
import { inboundPort, outboundPort } from "../xds/names.ts";
import { httpConnectionManager } from "./http-connection-manager.ts";
import { gatewayVirtualHosts, inboundVirtualHosts, outboundVirtualHosts } from "./route.ts";

export function listeners(plan: EnvoyPlan, proxy: MeshProxy, filterFile: string): Message[] {
  if (proxy.role === "gateway") return gatewayListeners(plan, proxy, filterFile);
  // Envoy takes no listener without a filter chain: a pod that declares no port is not called through its proxy.
  const inbounds = proxy.ports.length === 0 ? [] : [inbound(plan, proxy, filterFile)];
  return [...inbounds, outbound(plan, proxy, filterFile)];
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
    ...listener(proxy, { name: "virtualInbound", port: inboundPort, direction: "INBOUND" }, chains),
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
  const at = { name: "virtualOutbound", port: outboundPort, direction: "OUTBOUND" };
  return listener(proxy, at, [{ filters: [manager] }]);
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
    return listener(proxy, { name: `gateway_${port}`, port, direction: "OUTBOUND" }, [{ filters: [manager] }]);
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

type Place = { readonly name: string; readonly port: number; readonly direction: string };

/** Nothing of IPv6 is bound where the pod has no address of it: its kernel may have none. */
function listener({ hasIPv6 }: MeshProxy, { name, port, direction }: Place, chains: readonly Message[]): Message {
  const at = (address: string): Message => ({ address: { socket_address: { address, port_value: port } } });
  return {
    name,
    traffic_direction: direction,
    ...at("0.0.0.0"),
    ...(hasIPv6 === true ? { additional_addresses: [at("::")] } : {}),
    filter_chains: chains,
  };
}
