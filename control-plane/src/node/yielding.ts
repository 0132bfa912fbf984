// Makes what gives a pod's connections a congestion control by their level: routes that name it, and rules that send these connections, and
// no others, to those routes. A route that names one that the kernel has lost means the pod's usual one, so none of this can cost a connection.
import { type Chain, parseChain, replaceChain } from "./nft-rule.ts";

export type YieldProgram = {
  readonly algorithm: string;
  /** Marks of the levels that yield; not 0. */
  readonly dscps: readonly number[];
  /** Every connection of the pod yields, as its label says. */
  readonly isWhole: boolean;
  /** Whether the kernel finds the routes of a connection that the pod opens by its DSCP (Linux 6.12). */
  readonly byDscp: boolean;
};

export type Family = "-4" | "-6";
export const families: readonly Family[] = ["-4", "-6"];

/** Of Expedite's routes, and of the rules that lead to them: 0x7a1, as the handle of its queues. */
export const yieldTable = 1953;
/** Behind the rules of others, before that of the main table (32766). */
const firstPriority = 19_530;
/** Of the packets that open a connection, so that the accepted socket has it. Not in the bits of kube-proxy, Istio and most CNIs. */
const mark = { value: 0x07a1_0000, mask: 0x0fff_0000 };

/** Before the destination is rewritten, and whatever is accepted. */
const chain: Chain = { name: "yields", priority: -160, hook: "prerouting" };

export function hasYieldChain(listing: string): boolean {
  return /^\s*chain yields \{/m.test(listing) || /"chain": ?\{[^{}]*"name": ?"yields"/.test(listing);
}

/** A mark of somebody else stays. The comment records the sysctl, and lasts as long as the chain. */
function statements({ dscps }: YieldProgram, fwmarkAccept: string): string[] {
  const marked = ["ip", "ip6"].flatMap((family) =>
    dscps.map((dscp) => `${family} dscp ${dscp} meta mark set ${mark.value}`),
  );
  return [`meta mark != 0 return comment "tcp_fwmark_accept was ${fwmarkAccept}"`, ...marked];
}

/** For an existing table. `fwmarkAccept`: the sysctl's value before Expedite. */
export function yieldTransaction(program: YieldProgram, fwmarkAccept: string): string {
  return replaceChain(chain, statements(program, fwmarkAccept), "");
}

/** The value of tcp_fwmark_accept before Expedite; undefined if the table has no such chain. */
export function fwmarkAcceptBefore(json: string | undefined): string | undefined {
  if (json === undefined) return undefined;
  return /tcp_fwmark_accept was ([01])/.exec(parseChain(json, chain)?.[0] ?? "")?.[1];
}

export function hasYieldRules(program: YieldProgram, json: string | undefined): boolean {
  const before = fwmarkAcceptBefore(json);
  if (json === undefined || before === undefined) return false;
  return JSON.stringify(parseChain(json, chain)) === JSON.stringify(statements(program, before));
}

type Rule = {
  readonly priority: number;
  /** Words for ip-rule(8), which of Debian 12 has none for a DSCP. */
  readonly words?: string;
  readonly dscp?: number;
};

/** The rules of a family that lead to the routes. */
export function rulesOf({ dscps, isWhole, byDscp }: YieldProgram): readonly Rule[] {
  const accepted = `fwmark 0x${mark.value.toString(16)}/0x${mark.mask.toString(16)}`;
  return [
    { priority: firstPriority, words: accepted },
    ...(isWhole ? [{ priority: firstPriority + 1, words: "from all" }] : []),
    ...(byDscp && !isWhole ? dscps.map((dscp) => ({ priority: firstPriority + 10 + dscp, dscp })) : []),
  ];
}

type ListedRule = { readonly priority: number; readonly table?: string; readonly fwmark?: string };

/** The priorities of Expedite's rules, from `ip -j rule show`. */
export function ownRules(listing: string): readonly number[] {
  return (JSON.parse(listing || "[]") as readonly ListedRule[])
    .filter(({ table }) => table === String(yieldTable))
    .map(({ priority }) => priority);
}

/** Whether another program leads packets by their mark, which accepted connections would then have too. */
export function hasForeignMark(listing: string): boolean {
  return (JSON.parse(listing || "[]") as readonly ListedRule[]).some(
    ({ fwmark, table }) => fwmark !== undefined && table !== String(yieldTable),
  );
}

const attributes = { priority: 6, table: 15, dscp: 25 } as const;

/** What `ip rule restore` reads: one request of rtnetlink (linux/fib_rules.h) for each DSCP, behind the number that it looks for. */
export function dscpRules(family: Family, rules: readonly Rule[]): Uint8Array {
  const requests = rules.map(({ priority, dscp = 0 }) => {
    // The family, and FR_ACT_TO_TBL as its action.
    const header = Buffer.from([family === "-4" ? 2 : 10, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0]);
    const body = Buffer.concat([
      header,
      attribute(attributes.priority, number(priority)),
      attribute(attributes.table, number(yieldTable)),
      attribute(attributes.dscp, Buffer.from([dscp])),
    ]);
    const start = Buffer.alloc(16);
    start.writeUInt32LE(start.length + body.length, 0);
    start.writeUInt16LE(newRule, 4);
    start.writeUInt16LE(createAndConfirm, 6);
    return Buffer.concat([start, body]);
  });
  return Buffer.concat([number(0x7170_6986), ...requests]);
}

/** RTM_NEWRULE. */
const newRule = 32;
/** NLM_F_REQUEST, NLM_F_ACK, NLM_F_EXCL and NLM_F_CREATE. */
const createAndConfirm = 0x605;

function number(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

function attribute(type: number, value: Buffer): Buffer {
  const start = Buffer.alloc(4);
  start.writeUInt16LE(4 + value.length, 0);
  start.writeUInt16LE(type, 2);
  return Buffer.concat([start, value, Buffer.alloc((4 - (value.length % 4)) % 4)]);
}

type ListedRoute = {
  readonly type?: string;
  readonly dst: string;
  readonly gateway?: string;
  readonly dev?: string;
  readonly table?: string;
  readonly prefsrc?: string;
  readonly metric?: number;
  readonly pref?: string;
  readonly flags?: readonly string[];
  readonly metrics?: readonly Readonly<Record<string, string | number>>[];
  readonly nexthops?: unknown;
  readonly via?: unknown;
  readonly encap?: unknown;
};

/** Routes of a family, as words of ip-route(8) without the table. */
export type Routes = {
  /** Copies of the main table's with the congestion control, those of neighbours first, because the others need them. */
  readonly wanted: readonly string[];
  /** Of Expedite's table. */
  readonly found: readonly string[];
  /** Why the main table cannot be copied. */
  readonly problem?: string;
};

/** `listing`: of `ip -j route show table all`, which has both families. */
export function routesOf(listing: string, family: Family, algorithm: string): Routes {
  const all = (JSON.parse(listing || "[]") as readonly ListedRoute[]).filter(
    (route) => isOfFamily(route, family) && (route.type ?? "unicast") === "unicast" && !isOfLink(route),
  );
  const main = all.filter(({ table }) => table === undefined || table === "main");
  const odd = main.find(({ nexthops, via, encap }) => (nexthops ?? via ?? encap) !== undefined);
  const problem = odd === undefined ? {} : { problem: `the route to ${odd.dst} has several next hops, or a tunnel` };
  const sorted = main.toSorted((a, b) => Number(a.gateway !== undefined) - Number(b.gateway !== undefined));
  return {
    wanted: odd === undefined ? sorted.map((route) => wordsOf(route, algorithm)) : [],
    found: all.filter(({ table }) => table === String(yieldTable)).map((route) => wordsOf(route)),
    ...problem,
  };
}

/** Only routes of IPv6 have a preference. */
function isOfFamily({ dst, pref }: ListedRoute, family: Family): boolean {
  return (pref !== undefined || dst.includes(":")) === (family === "-6");
}

/** Those of IPv6 that a link has by itself, and only once it is up. */
function isOfLink({ dst }: ListedRoute): boolean {
  return dst.startsWith("fe80:") || dst.startsWith("ff00:");
}

/** Only what decides where a packet goes, and how its connection behaves. `algorithm`: absent, the route's own. */
function wordsOf(route: ListedRoute, algorithm?: string): string {
  const { dst, gateway, dev, prefsrc, metric, flags = [], metrics = [] } = route;
  const own = metrics.flatMap((entry) => Object.entries(entry));
  const congestion = algorithm ?? own.find(([name]) => name === "congestion")?.[1];
  const others = own.filter(([name]) => name !== "congestion").map(([name, value]) => `${name} ${value}`);
  return [
    dst,
    ...(gateway === undefined ? [] : [`via ${gateway}`]),
    ...(dev === undefined ? [] : [`dev ${dev}`]),
    ...(prefsrc === undefined ? [] : [`src ${prefsrc}`]),
    ...(metric === undefined ? [] : [`metric ${metric}`]),
    ...(flags.includes("onlink") ? ["onlink"] : []),
    ...others.sort(),
    ...(congestion === undefined ? [] : [`congctl ${congestion}`]),
  ].join(" ");
}
