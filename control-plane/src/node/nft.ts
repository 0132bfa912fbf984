// Makes the nft transaction for a node program, which classifies by mark and address, and reads the existing rules from nft's JSON. All nft
// text for links is here.
import { isIPv6 } from "node:net";
import { dscpValues } from "../api/dscp.ts";
import { type NodeLevel, type NodeProgram, table } from "../render/node/node-program.ts";
import { canonicalAddress } from "./ip-address.ts";

/** One rule, independent of how nft's versions write it; `values` are sorted. */
export type Rule = {
  readonly field: string;
  readonly values: readonly string[];
  readonly classid: string;
  readonly level: string;
};

/** The value of tcp_reflect_tos before Expedite, kept as the table's comment, so that it lasts exactly as long as the table. */
export function undoRecord(value: string): string {
  return `tcp_reflect_tos was ${value}`;
}

export function parseUndoRecord(listing: string): string | undefined {
  return /^\s*comment "tcp_reflect_tos was ([01])"/m.exec(listing)?.[1];
}

/** One chain per device, because two links of a node share the table. */
export function chainOf(device: string): string {
  return `to-${device}`;
}

/**
 * The last matching rule wins, so the mark, which is the stronger evidence, comes after the address. DF has no rule, because unmarked
 * packets belong to the default class.
 */
export function rules(program: NodeProgram): Rule[] {
  const byAddress = program.levels.flatMap((level) => [
    rule(
      "ip daddr",
      level.addresses.filter((address) => !isIPv6(address)),
      level,
    ),
    rule("ip6 daddr", level.addresses.filter((address) => isIPv6(address)).map(canonicalAddress), level),
  ]);
  const byMark = program.levels
    .filter(({ dscp }) => dscp !== 0)
    .flatMap((level) => [rule("ip dscp", [String(level.dscp)], level), rule("ip6 dscp", [String(level.dscp)], level)]);
  return [...byAddress, ...byMark].filter(({ values }) => values.length > 0);
}

/** Replaces the chain in one transaction; an existing table keeps its comment. */
export function transaction(program: NodeProgram, device: string, record: string): string {
  const chain = `inet ${table} ${chainOf(device)}`;
  return [
    `add table inet ${table} { comment "${record}"; }`,
    `add chain ${chain} { type filter hook postrouting priority 0; policy accept; }`,
    `flush chain ${chain}`,
    `add rule ${chain} oifname != "${device}" return`,
    ...rules(program).map((entry) => `add rule ${chain} ${statement(entry)}`),
    "",
  ].join("\n");
}

/** Reads the output of `nft -j list table`; undefined if the chain does not have Expedite's form. */
export function parseRules(json: string, device: string): Rule[] | undefined {
  const entries = (JSON.parse(json) as { nftables: readonly Listed[] }).nftables;
  const chain = entries.map((entry) => entry.chain).find((entry) => entry?.name === chainOf(device));
  if (chain?.hook !== "postrouting" || chain.type !== "filter" || chain.prio !== 0 || chain.policy !== "accept")
    return undefined;
  const [guard, ...rest] = entries.flatMap(({ rule: entry }) => (entry?.chain === chainOf(device) ? [entry] : []));
  if (JSON.stringify(guard?.expr.map(({ match }) => match?.right)) !== JSON.stringify([device, undefined]))
    return undefined;
  return rest.map(parseRule);
}

export type Listed = {
  readonly chain?: { name: string; type?: string; hook?: string; prio?: number; policy?: string };
  readonly rule?: ListedRule;
};
export type ListedRule = { readonly chain: string; readonly comment?: string; readonly expr: readonly Expression[] };
export type Value = string | number;
export type Expression = {
  readonly match?: {
    readonly op: string;
    readonly left: Field;
    readonly right: Value | { readonly set: readonly Value[] };
  };
  readonly mangle?: { readonly key: Field; readonly value: Value };
};
export type Field = {
  readonly payload?: { readonly protocol: string; readonly field: string };
  readonly meta?: { readonly key: string };
};

function rule(field: string, values: readonly string[], { classid, level }: NodeLevel): Rule {
  return { field, values: [...new Set(values)].sort(), classid, level };
}

/** The comment is for people who list the table. */
function statement({ field, values, classid, level }: Rule): string {
  return `${field} { ${values.join(", ")} } meta priority set ${classid} comment "${level}"`;
}

/** A rule that none of Expedite's looks like has its own text as its field, so that it differs from all of them. */
function parseRule({ expr, comment }: ListedRule): Rule {
  const [first, second] = expr;
  const payload = first?.match?.left.payload;
  const right = first?.match?.right;
  const classid = String(second?.mangle?.value);
  const level = comment ?? "";
  if (payload === undefined || right === undefined || expr.length !== 2)
    return { field: JSON.stringify(expr), values: [], classid, level };
  const values = typeof right === "object" ? right.set : [right];
  const plain = values.map((value) => String(payload.field === "dscp" ? dscpNumber(value) : value));
  return { field: `${payload.protocol} ${payload.field}`, values: plain.sort(), classid, level };
}

/** nft lists a DSCP by its name if it knows one. */
export function dscpNumber(value: Value): Value {
  if (typeof value === "number") return value;
  const ours = { lephb: "LE", cs0: "DF", be: "DF" }[value] ?? value.toUpperCase();
  return dscpValues[ours] ?? value;
}
