// Makes the bind configuration that marks a cluster's connections with a DSCP, beginning with their SYN.
import { isIPv6 } from "node:net";
import type { Message } from "./message.ts";

// Linux: IPPROTO_IP/IP_TOS and IPPROTO_IPV6/IPV6_TCLASS. An IPv6 socket also accepts IP_TOS, an IPv4 socket refuses IPV6_TCLASS.
const ipTos = { level: 0, name: 1 };
const ipv6TrafficClass = { level: 41, name: 67 };

/**
 * Nothing is bound to IPv6 while no address is IPv6: a connection to an unexpected IPv6 address then works, without the mark. A source
 * address of one family refuses the endpoints of the other, and an Envoy whose kernel lacks IPv6 refuses an IPv6 source address.
 * @param dscp 0–63
 */
export function markedBy(dscp: number, addresses: readonly string[]): Message {
  if (!addresses.some((address) => isIPv6(address))) return { socket_options: [option(ipTos, dscp)] };
  // Of these Envoy uses the one of the endpoint's family. Port 0 of the wildcard address leaves the choice to the kernel.
  return {
    source_address: wildcard("0.0.0.0"),
    socket_options: [option(ipTos, dscp)],
    extra_source_addresses: [
      {
        address: wildcard("::"),
        socket_options: { socket_options: [option(ipv6TrafficClass, dscp), option(ipTos, dscp)] },
      },
    ],
  };
}

function wildcard(address: string): Message {
  return { address, port_value: 0 };
}

function option(which: { readonly level: number; readonly name: number }, dscp: number): Message {
  // The DSCP is the upper six bits of the byte. It is set before connect, so that the SYN carries it and the acceptor can reflect it.
  return { ...which, int_value: dscp << 2, state: "STATE_PREBIND" };
}
