// Makes the listeners of a plain Envoy: inbound and outbound of a sidecar, one per port of a gateway.
import { queueRootId } from "@expedite/filter/config/queue.ts";
import type { FilterConfig } from "@expedite/filter/config/schema.ts";
import type { EnvoyPlan, GatewayProxy, MeshProxy, Sidecar } from "../../core/plan.ts";
import { filterConfig, wasm } from "../xds/filter.ts";
import { any, type Message } from "../xds/message.ts";
import { inboundPort, outboundPort } from "../xds/names.ts";
import { ownHeadersRemoved } from "../xds/own-headers.ts";
import { queueFilters, queueListener, queueOf } from "../xds/queue.ts";
import { httpConnectionManager } from "./http-connection-manager.ts";
import { gatewayVirtualHosts, inboundVirtualHosts, outboundVirtualHosts } from "./route.ts";

type For<P extends MeshProxy = MeshProxy> = {
  readonly plan: EnvoyPlan;
  readonly proxy: P;
  readonly filterFile: string;
};

export function listeners(plan: EnvoyPlan, proxy: MeshProxy, filterFile: string): Message[] {
  if (proxy.role === "gateway") return gatewayListeners({ plan, proxy, filterFile });
  const to = { plan, proxy, filterFile };
  // Envoy accepts no listener without a filter chain: a pod that declares no port is not called through its proxy.
  const inbounds = proxy.ports.length === 0 ? [] : [inbound(to)];
  return [...inbounds, outbound(to), ...place(to)];
}

/** Redirected connections keep their original port, and that port chooses the chain. */
function inbound(to: For<Sidecar>): Message {
  const { plan, proxy } = to;
  const chains = proxy.ports.map((port) => ({
    filter_chain_match: { destination_port: port },
    filters: [
      httpConnectionManager({
        name: `inbound_${port}`,
        virtualHosts: inboundVirtualHosts(port),
        httpFilters: filters(to, "inbound"),
        isEdge: false,
        writesTimeout: false,
        ...(plan.mode === "Enforce" ? { routeConfiguration: ownHeadersRemoved(plan) } : {}),
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

function outbound(to: For<Sidecar>): Message {
  const { plan, proxy } = to;
  const manager = httpConnectionManager({
    name: "outbound",
    virtualHosts: outboundVirtualHosts(plan, proxy.namespace),
    httpFilters: filters(to, "outbound"),
    isEdge: false,
    writesTimeout: writesTimeout(plan),
  });
  const at = { name: "virtualOutbound", port: outboundPort, direction: "OUTBOUND" };
  return listener(proxy, at, [{ filters: [manager] }]);
}

/**
 * If nobody's level is trusted, Envoy itself removes the header, so that a client can't choose its level even while the filter is missing
 * or has trapped.
 */
function gatewayListeners({ plan, proxy, filterFile }: For<GatewayProxy>): Message[] {
  const isEnforced = plan.mode === "Enforce";
  return proxy.listeners.map(({ port, virtualHosts }) => {
    const manager = httpConnectionManager({
      name: `gateway_${port}`,
      virtualHosts: gatewayVirtualHosts(plan, virtualHosts),
      httpFilters: filters({ plan, proxy, filterFile }, "gateway"),
      isEdge: true,
      writesTimeout: writesTimeout(plan),
      ...(isEnforced && proxy.classification.trust === "Never" ? { removedHeader: plan.header } : {}),
      // Only a gateway does this: Envoy's own header parser takes about as long as the whole header_mutation filter, and between services
      // nothing reads it.
      ...(isEnforced ? { writtenLevel: plan } : {}),
    });
    return listener(proxy, { name: `gateway_${port}`, port, direction: "OUTBOUND" }, [{ filters: [manager] }]);
  });
}

function writesTimeout({ mode, deadlines }: EnvoyPlan): boolean {
  return mode === "Enforce" && deadlines !== undefined;
}

function filters({ plan, proxy, filterFile }: For, role: FilterConfig["role"]): readonly Message[] {
  if (plan.mode === "Disabled") return [];
  const queue = role === "inbound" ? queueOf(proxy) : undefined;
  const config = filterConfig(plan, role, { classification: proxy.classification, queue });
  const filter = { name: "expedite", typed_config: wasm(config, { code: { filename: filterFile } }) };
  return [filter, ...(queue === undefined ? [] : queueFilters(queue))];
}

/** The listener at which requests wait. */
function place({ plan, proxy, filterFile }: For<Sidecar>): readonly Message[] {
  const queue = queueOf(proxy);
  if (queue === undefined) return [];
  const config = filterConfig(plan, "inbound", { classification: proxy.classification, queue });
  const code = { filename: filterFile };
  return [queueListener({ name: "expedite", typed_config: wasm(config, { code, rootId: queueRootId }) })];
}

type Place = { readonly name: string; readonly port: number; readonly direction: string };

/** Nothing is bound to IPv6 if the pod has no such address, because its kernel may lack IPv6. */
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
