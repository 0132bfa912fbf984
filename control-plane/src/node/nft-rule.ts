// Reads rules from nft's JSON as the statements that Expedite writes, so that to compare statements is to compare rules.
import { dscpValues } from "../api/dscp.ts";
import { table } from "../render/node/node-program.ts";

/** A chain of Expedite's table. */
export type Chain = {
  readonly name: string;
  readonly hook: "input" | "prerouting" | "postrouting";
  readonly priority: number;
};

/** Replaces the chain's rules in one transaction; an existing table keeps its comment. `record`: empty if there is a table. */
export function replaceChain({ name, hook, priority }: Chain, statements: readonly string[], record: string): string {
  const chain = `inet ${table} ${name}`;
  return [
    record === "" ? `add table inet ${table}` : `add table inet ${table} { comment "${record}"; }`,
    `add chain ${chain} { type filter hook ${hook} priority ${priority}; policy accept; }`,
    `flush chain ${chain}`,
    ...statements.map((statement) => `add rule ${chain} ${statement}`),
    "",
  ].join("\n");
}

/** Reads the output of `nft -j list table`; undefined if there is no such chain, or one that replaceChain would not make. */
export function parseChain(json: string, { name, hook, priority }: Chain): string[] | undefined {
  const entries = (JSON.parse(json) as { nftables: readonly Listed[] }).nftables;
  const found = entries.map((entry) => entry.chain).find((entry) => entry?.name === name);
  if (found?.hook !== hook || found.type !== "filter" || found.prio !== priority || found.policy !== "accept")
    return undefined;
  return entries.flatMap(({ rule }) => (rule?.chain === name ? [statementOf(rule)] : []));
}

/** Of all chains of the table; `json`: as for parseChain, undefined if there is no table. */
export function chainNames(json: string | undefined): string[] {
  if (json === undefined) return [];
  const entries = (JSON.parse(json) as { nftables: readonly Listed[] }).nftables;
  return entries.flatMap(({ chain }) => (chain === undefined ? [] : [chain.name]));
}

/** One value, or a set of several, in an order that does not depend on who lists them. */
export function anyOf(values: readonly string[]): string {
  const sorted = [...new Set(values)].sort();
  return sorted.length === 1 ? sorted[0]! : `{ ${sorted.join(", ")} }`;
}

type Listed = {
  readonly chain?: { name: string; type?: string; hook?: string; prio?: number; policy?: string };
  readonly rule?: ListedRule;
};
type ListedRule = { readonly chain: string; readonly comment?: string; readonly expr: readonly Expression[] };
type Value = string | number;
type Expression = {
  readonly match?: {
    readonly op: string;
    readonly left: Field | Concatenation | { readonly "&": readonly [Field, number] };
    readonly right: Value | { readonly set: readonly Value[] };
  };
  readonly mangle?: { readonly key: Field; readonly value: Value };
  readonly set?: { readonly op: string; readonly elem: Concatenation; readonly set: string };
};
/** Several fields in sequence, as the elements of some sets. */
type Concatenation = { readonly concat: readonly Field[] };
type Named = { readonly protocol: string; readonly field: string };
/** Bits from the start of a header. */
type Raw = { readonly base: string; readonly offset: number; readonly len: number };
type Field = { readonly payload?: Named | Raw; readonly meta?: { readonly key: string } };
/** A field as Expedite writes it, and each of its values. */
type Spelling = { readonly name: string; readonly value: (value: Value) => string };

/** A rule that none of Expedite's looks like has its own JSON as its text, so that it differs from all of them. */
function statementOf({ expr, comment }: ListedRule): string {
  const parts = expr.map((expression) => expressionOf(expression) ?? JSON.stringify(expression));
  return [...parts, ...(comment === undefined ? [] : [`comment "${comment}"`])].join(" ");
}

function expressionOf(expression: Expression): string | undefined {
  const { match, mangle, set } = expression;
  if ("return" in expression) return "return";
  if (mangle !== undefined) {
    const { name, value } = spellingOf(mangle.key);
    return `${name} set ${value(mangle.value)}`;
  }
  if (set !== undefined) return `${set.op} ${set.set} { ${concatenated(set.elem)} }`;
  if (match === undefined || !["==", "!="].includes(match.op)) return undefined;
  if ("concat" in match.left) return match.op === "==" ? `${concatenated(match.left)} ${match.right}` : undefined;
  const spelling = "&" in match.left ? maskedSpelling(...match.left["&"]) : spellingOf(match.left);
  if (spelling === undefined) return undefined;
  const values = typeof match.right === "object" ? match.right.set : [match.right];
  return `${spelling.name} ${match.op === "!=" ? "!= " : ""}${anyOf(values.map(spelling.value))}`;
}

function concatenated({ concat }: Concatenation): string {
  return concat.map((field) => spellingOf(field).name).join(" . ");
}

function spellingOf({ payload, meta }: Field): Spelling {
  if (meta?.key === "oifname") return { name: "oifname", value: (value) => `"${value}"` };
  if (meta?.key === "l4proto") return { name: "meta l4proto", value: protocolNumber };
  if (payload === undefined) return { name: `meta ${meta?.key}`, value: String };
  if ("base" in payload)
    return { name: `@${payload.base},${payload.offset},${payload.len}`, value: (value) => hex(BigInt(value)) };
  const value = payload.field === "dscp" ? dscpNumber : String;
  return { name: `${payload.protocol} ${payload.field}`, value };
}

/** nft lists bits inside of bytes as the whole bytes and a mask: `@th,248,6 0x8` as `@th,248,8 & 0xfc == 0x20`. */
function maskedSpelling({ payload }: Field, mask: number): Spelling | undefined {
  if (payload === undefined || !("base" in payload)) return undefined;
  const below = 31 - Math.clz32(mask & -mask);
  const len = 32 - Math.clz32(mask) - below;
  if (mask >>> below !== 2 ** len - 1) return undefined;
  const offset = payload.offset + payload.len - below - len;
  return { name: `@${payload.base},${offset},${len}`, value: (value) => hex(BigInt(value) >> BigInt(below)) };
}

/** As Expedite writes the value of raw bits. */
export function hex(value: bigint): string {
  return `0x${value.toString(16)}`;
}

/** As Expedite writes them. */
export const protocols = { tcp: "6", udp: "17" } as const;

/** nft lists a protocol by its name where there is /etc/protocols, which an image may lack. */
function protocolNumber(value: Value): string {
  return Object.entries(protocols).find(([name]) => name === value)?.[1] ?? String(value);
}

/** nft lists a DSCP by its name if it knows one. */
function dscpNumber(value: Value): string {
  if (typeof value === "number") return String(value);
  const ours = { lephb: "LE", cs0: "DF", be: "DF" }[value] ?? value.toUpperCase();
  return String(dscpValues[ours] ?? value);
}
