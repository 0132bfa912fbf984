// In: a DSCP and the endpoints of a cluster. Out: the bind configuration that marks the cluster's connections from their SYN on.
import { isIPv6 } from "node:net";
import type { Endpoint } from "../../core/plan.ts";
import type { Message } from "./types.ts";

// Linux: IPPROTO_IP/IP_TOS and IPPROTO_IPV6/IPV6_TCLASS. An IPv6 socket also takes IP_TOS, an IPv4 one refuses IPV6_TCLASS.
const ipTos = { level: 0, name: 1 };
const ipv6TrafficClass = { level: 41, name: 67 };

/** `dscp` 0–63. Port 0 of the wildcard address leaves the choice to the kernel; the address only carries the options. */
export function markedBy(dscp: number, endpoints: readonly Endpoint[]): Message {
  const v6 = endpoints.filter(({ address }) => isIPv6(address));
  if (v6.length === 0) return { source_address: wildcard("0.0.0.0"), socket_options: [option(ipTos, dscp)] };
  const v6Options = [option(ipv6TrafficClass, dscp), option(ipTos, dscp)];
  if (v6.length === endpoints.length) return { source_address: wildcard("::"), socket_options: v6Options };
  return {
    source_address: wildcard("0.0.0.0"),
    socket_options: [option(ipTos, dscp)],
    extra_source_addresses: [{ address: wildcard("::"), socket_options: { socket_options: v6Options } }],
  };
}

function wildcard(address: string): Message {
  return { address, port_value: 0 };
}

function option(which: { readonly level: number; readonly name: number }, dscp: number): Message {
  // The DSCP is the upper six bits of the byte; before connect, so that the SYN carries it and the acceptor can reflect it.
  return { ...which, int_value: dscp << 2, state: "STATE_PREBIND" };
}
