// Makes the nft chain of a link, which classifies by mark and address, and reads what is there. All nft text for links is here and in
// tunnel-rules.ts.
import { isIPv6 } from "node:net";
import type { NodeLevel, NodeProgram } from "../render/node/node-program.ts";
import { canonicalAddress } from "./ip-address.ts";
import { anyOf, type Chain, chainNames, parseChain, replaceChain } from "./nft-rule.ts";
import { tunnelRules } from "./tunnel-rules.ts";

/** The value of tcp_reflect_tos before Expedite, kept as the table's comment, so that it lasts exactly as long as the table. */
export function undoRecord(value: string): string {
  return `tcp_reflect_tos was ${value}`;
}

export function parseUndoRecord(listing: string): string | undefined {
  return /^\s*comment "tcp_reflect_tos was ([01])"/m.exec(listing)?.[1];
}

/** One chain per device, because two links of a node share the table. */
export function chainOf(device: string): string {
  return `${chainPrefix}${device}`;
}

/** Devices with a chain. `json`: of `nft -j list table`. */
export function chainDevices(json: string | undefined): string[] {
  return chainNames(json).flatMap((name) => (name.startsWith(chainPrefix) ? [name.slice(chainPrefix.length)] : []));
}

const chainPrefix = "to-";

/**
 * The last matching rule wins, so the mark, which is the stronger evidence, comes after the address. DF has no rule, because unmarked
 * packets belong to the default class. What a tunnelled packet carries says more than its outer header, so it comes last.
 */
export function rules({ levels, markTunnels }: NodeProgram): string[] {
  const byAddress = levels.flatMap((level) => [
    ...byValue(
      "ip daddr",
      level.addresses.filter((address) => !isIPv6(address)),
      level,
    ),
    ...byValue("ip6 daddr", level.addresses.filter((address) => isIPv6(address)).map(canonicalAddress), level),
  ]);
  const byMark = levels
    .filter(({ dscp }) => dscp !== 0)
    .flatMap((level) => [
      ...byValue("ip dscp", [String(level.dscp)], level),
      ...byValue("ip6 dscp", [String(level.dscp)], level),
    ]);
  return [...byAddress, ...byMark, ...(markTunnels ? tunnelRules(levels) : [])];
}

/** Replaces the chain in one transaction; an existing table keeps its comment. */
export function transaction(program: NodeProgram, device: string, record: string): string {
  return replaceChain(linkChain(device), [guard(device), ...rules(program)], record);
}

/** Reads the output of `nft -j list table`; undefined if the chain does not have Expedite's form. */
export function parseRules(json: string, device: string): string[] | undefined {
  const [first, ...rest] = parseChain(json, linkChain(device)) ?? [];
  return first === guard(device) ? rest : undefined;
}

function linkChain(device: string): Chain {
  return { name: chainOf(device), hook: "postrouting", priority: 0 };
}

function guard(device: string): string {
  return `oifname != "${device}" return`;
}

/** The comment is for people who list the table. */
function byValue(field: string, values: readonly string[], { classid, level }: NodeLevel): string[] {
  return values.length === 0 ? [] : [`${field} ${anyOf(values)} meta priority set ${classid} comment "${level}"`];
}
