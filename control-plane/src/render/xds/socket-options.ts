// Makes the bind configuration that marks a cluster's connections with a DSCP, from their SYN on.
import { isIPv6 } from "node:net";
import type { Message } from "./message.ts";

// Linux: IPPROTO_IP/IP_TOS and IPPROTO_IPV6/IPV6_TCLASS. An IPv6 socket also takes IP_TOS, an IPv4 one refuses IPV6_TCLASS.
const ipTos = { level: 0, name: 1 };
const ipv6TrafficClass = { level: 41, name: 67 };

/**
 * Nothing is bound while no address is of IPv6: a connection to one that nobody knew of then works, without the mark. A source address
 * of one family refuses the endpoints of the other, and an Envoy whose kernel has no IPv6 refuses a source address of that.
 * @param dscp 0–63
 */
export function markedBy(dscp: number, addresses: readonly string[]): Message {
  if (!addresses.some((address) => isIPv6(address))) return { socket_options: [option(ipTos, dscp)] };
  // Of these Envoy takes the one of the endpoint's family. Port 0 of the wildcard address leaves the choice to the kernel.
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
  // The DSCP is the upper six bits of the byte; before connect, so that the SYN carries it and the acceptor can reflect it.
  return { ...which, int_value: dscp << 2, state: "STATE_PREBIND" };
}
