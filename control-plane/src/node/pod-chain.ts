// Makes and reads the nft chain that gives all of a pod's packets the pod's level.
import { isIPv6 } from "node:net";
import { table } from "../render/node/node-program.ts";
import { canonicalAddress } from "./ip-address.ts";
import { dscpNumber, type Expression, type Field, type Listed, type ListedRule } from "./nft.ts";

export type PodProgram = {
  /** Absent: the pod has no level of its own, and only its responses take the connection's class. */
  readonly mark?: { readonly level: string; readonly dscp: number };
  /** The node's addresses, because responses to probes must not be demoted. */
  readonly exempt: readonly string[];
};

/** Kept even without rules: while it exists, the table and tcp_reflect_tos stay when the namespace's last link is removed. */
const chain = "from-pod";

/** Before the chains of the links, which then see the mark. */
const priority = -10;

export function hasPodChain(listing: string): boolean {
  return new RegExp(`^\\s*chain ${chain} \\{`, "m").test(listing);
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
    "meta l4proto { tcp, udp } th dport 53 return",
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
  const name = `inet ${table} ${chain}`;
  return [
    `add table inet ${table} { comment "${record}"; }`,
    `add chain ${name} { type filter hook postrouting priority ${priority}; policy accept; }`,
    `flush chain ${name}`,
    ...podStatements(program).map((statement) => `add rule ${name} ${statement}`),
    "",
  ].join("\n");
}

/** Reads the output of `nft -j list table` in the form of podStatements; undefined if the chain does not have Expedite's form. */
export function parsePodStatements(json: string): string[] | undefined {
  const entries = (JSON.parse(json) as { nftables: readonly Listed[] }).nftables;
  const found = entries.map((entry) => entry.chain).find((entry) => entry?.name === chain);
  if (found?.hook !== "postrouting" || found.type !== "filter" || found.prio !== priority || found.policy !== "accept")
    return undefined;
  return entries.flatMap(({ rule }) => (rule?.chain === chain ? [statementOf(rule)] : []));
}

function toAny(field: string, addresses: readonly string[]): string[] {
  const values = [...new Set(addresses)].sort();
  return values.length === 0 ? [] : [`${field} ${anyOf(values)} return`];
}

function anyOf(values: readonly string[]): string {
  return values.length === 1 ? values[0]! : `{ ${values.join(", ")} }`;
}

/** A rule that none of Expedite's looks like has its own JSON as its text, so that it differs from all of them. */
function statementOf({ expr, comment }: ListedRule): string {
  const parts = expr.map((expression) => expressionOf(expression) ?? JSON.stringify(expression));
  return [...parts, ...(comment === undefined ? [] : [`comment "${comment}"`])].join(" ");
}

function expressionOf(expression: Expression): string | undefined {
  const { match, mangle } = expression;
  if ("return" in expression) return "return";
  if (mangle !== undefined) return `${fieldOf(mangle.key)} set ${dscpNumber(mangle.value)}`;
  if (match?.op !== "==") return undefined;
  const field = fieldOf(match.left);
  const values = typeof match.right === "object" ? match.right.set : [match.right];
  if (field === "oifname") return `oifname "${values.join()}"`;
  const plain = values.map((value) => String(field?.endsWith(" dscp") ? dscpNumber(value) : value));
  return `${field} ${anyOf(plain.sort())}`;
}

function fieldOf({ payload, meta }: Field): string | undefined {
  if (payload !== undefined) return `${payload.protocol} ${payload.field}`;
  return meta?.key === "oifname" ? "oifname" : `meta ${meta?.key}`;
}
