// Makes the rules that give the packets of VXLAN and Geneve the class of the packet that they carry, and its level's DSCP. They read the
// packet itself rather than what netfilter knows of it, because eBPF (Cilium) or a bridge may have sent it into the tunnel past netfilter.
import { isIPv6 } from "node:net";
import type { NodeLevel } from "../render/node/node-program.ts";
import { addressBits } from "./ip-address.ts";
import { anyOf, hex, protocols } from "./nft-rule.ts";

/** The kernel's own port for VXLAN, older than RFC 7348, is 8472: Flannel's and Cilium's default. */
const vxlan = ["4789", "8472"];
const geneve = "6081";

/** `frame`: bytes from the outer UDP header to the Ethernet frame that is carried. */
const tunnels: readonly { readonly match: string; readonly frame: number }[] = [
  { match: `udp dport ${anyOf(vxlan)}`, frame: 16 },
  // The length of Geneve's options (RFC 8926) in words of four bytes: none, or the one option of OVN, of eight bytes.
  { match: `udp dport ${geneve} @th,66,6 0x0`, frame: 16 },
  { match: `udp dport ${geneve} @th,66,6 0x2`, frame: 24 },
];

/** Bits from the start of the Ethernet frame. */
const carried = {
  IPv4: { etherType: "0x800", dscp: 15 * 8, destination: 30 * 8, addressBits: 32 },
  IPv6: { etherType: "0x86dd", dscp: 14 * 8 + 4, destination: 38 * 8, addressBits: 128 },
} as const;

/**
 * For the end of a link's chain: it returns for what is no tunnel. As elsewhere the last matching rule wins, and a mark outweighs the address
 * of a dedicated replica. The outer header gets its DSCP by the class, so also for what only an address showed.
 */
export function tunnelRules(levels: readonly NodeLevel[]): string[] {
  return [
    `meta l4proto != ${protocols.udp} return`,
    `udp dport != ${anyOf([...vxlan, geneve])} return`,
    ...levels.flatMap(byAddress),
    ...levels.filter(({ dscp }) => dscp !== 0).flatMap(byMark),
    ...levels.filter(({ dscp }) => dscp !== 0).flatMap(outerMark),
  ];
}

function byAddress(level: NodeLevel): string[] {
  return (["IPv4", "IPv6"] as const).flatMap((family) => {
    const values = level.addresses
      .filter((address) => isIPv6(address) === (family === "IPv6"))
      .map((address) => hex(addressBits(address)));
    const { destination, addressBits: length } = carried[family];
    return values.length === 0 ? [] : classify(level, family, { offset: destination, length, values });
  });
}

function byMark(level: NodeLevel): string[] {
  return (["IPv4", "IPv6"] as const).flatMap((family) =>
    classify(level, family, { offset: carried[family].dscp, length: 6, values: [hex(BigInt(level.dscp))] }),
  );
}

/** `offset` and `length` in bits, from the start of the frame. */
type Bits = { readonly offset: number; readonly length: number; readonly values: readonly string[] };

function classify(
  { classid, level }: NodeLevel,
  family: keyof typeof carried,
  { offset, length, values }: Bits,
): string[] {
  return tunnels.map(({ match, frame }) => {
    const isFamily = `@th,${(frame + 12) * 8},16 ${carried[family].etherType}`;
    const hasValue = `@th,${frame * 8 + offset},${length} ${anyOf(values)}`;
    return `${match} ${isFamily} ${hasValue} meta priority set ${classid} comment "${level}"`;
  });
}

function outerMark({ classid, dscp, level }: NodeLevel): string[] {
  return ["ip", "ip6"].map((family) => `meta priority ${classid} ${family} dscp set ${dscp} comment "${level}"`);
}
