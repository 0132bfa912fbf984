// Makes and reads the nft chain that gives all of a pod's packets the pod's level.
import { isIPv6 } from "node:net";
import { canonicalAddress } from "./ip-address.ts";
import { anyOf, type Chain, parseChain, protocols, replaceChain } from "./nft-rule.ts";
import type { YieldProgram } from "./yielding.ts";

export type PodProgram = {
  /** Absent: the pod has no level of its own, and only its responses take the connection's class. */
  readonly mark?: { readonly level: string; readonly dscp: number };
  /** How its connections of some levels yield; absent: none does. */
  readonly yields?: YieldProgram;
  /** The node's addresses, because responses to probes must not be demoted. */
  readonly exempt: readonly string[];
  /** The DSCPs of the ladder's levels, without 0: answers are marked with these. */
  readonly dscps: readonly number[];
};

/**
 * Kept even without rules: while it exists, the table and tcp_reflect_tos stay when the namespace's last link is removed. It comes before the
 * chains of the links, which then see the mark.
 */
const chain: Chain = { name: "from-pod", hook: "postrouting", priority: -10 };

export function hasPodChain(listing: string): boolean {
  return new RegExp(`^\\s*chain ${chain.name} \\{`, "m").test(listing);
}

/**
 * Packets with a DSCP keep it. Not marked: lo, DNS, neighbour discovery, which everything waits for, and packets to the node itself. The
 * SYN is marked too, because its DSCP decides in which class the other side answers.
 */
export function podStatements({ mark, exempt }: PodProgram): string[] {
  if (mark === undefined || mark.dscp === 0) return [];
  const own = exempt.map(canonicalAddress);
  const returned = [
    'oifname "lo" return',
    `meta l4proto ${anyOf([protocols.tcp, protocols.udp])} th dport 53 return`,
    "icmpv6 type { nd-neighbor-advert, nd-neighbor-solicit, nd-router-solicit } return",
    ...toAny(
      "ip daddr",
      own.filter((address) => !isIPv6(address)),
    ),
    ...toAny(
      "ip6 daddr",
      own.filter((address) => isIPv6(address)),
    ),
  ];
  const marked = ["ip", "ip6"].map(
    (family) => `${family} dscp 0 ${family} dscp set ${mark.dscp} comment "${mark.level}"`,
  );
  return [...returned, ...marked];
}

/** Replaces the chain in one transaction; an existing table keeps its comment. */
export function podTransaction(program: PodProgram, record: string): string {
  return replaceChain(chain, podStatements(program), record);
}

/** Reads the output of `nft -j list table` in the form of podStatements; undefined if the chain does not have Expedite's form. */
export function parsePodStatements(json: string): string[] | undefined {
  return parseChain(json, chain);
}

function toAny(field: string, addresses: readonly string[]): string[] {
  return addresses.length === 0 ? [] : [`${field} ${anyOf(addresses)} return`];
}
