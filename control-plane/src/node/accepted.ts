// Connections that a namespace accepted before its answers were marked: tcp_reflect_tos comes too late for them. Our table records them while
// they live, and marks their answers as their peers' packets are marked.
import { isIPv6 } from "node:net";
import { table } from "../render/node/node-program.ts";
import { canonicalAddress } from "./ip-address.ts";
import { type Chain, chainNames, parseChain, replaceChain } from "./nft-rule.ts";

/** `address . port . port`: the peer's address and port, and the local port. */
export type Connection = string;

export type AcceptedProgram = {
  /** The DSCPs of the levels, without 0. */
  readonly dscps: readonly number[];
  readonly connections: readonly Connection[];
};

const families = [
  { ip: "ip", type: "ipv4_addr", suffix: "4", has: (connection: Connection) => !isV6(connection) },
  { ip: "ip6", type: "ipv6_addr", suffix: "6", has: (connection: Connection) => isV6(connection) },
] as const;
type Family = (typeof families)[number];

/** Behind what others do with a packet that arrives. */
const learning: Chain = { name: "learn-accepted", hook: "input", priority: 10 };
/** Before from-pod, as what tcp_reflect_tos marks has its mark before that. */
const marking: Chain = { name: "mark-accepted", hook: "postrouting", priority: -15 };

const recordSet = ({ suffix }: Family): string => `accepted${suffix}`;
const markedSet = ({ suffix }: Family, dscp: number): string => `accepted${suffix}-${dscp}`;

/**
 * From `ss -Htan`: established connections whose local port is a listening one, without those of lo. They keep the DSCP that they were accepted
 * with.
 */
export function acceptedConnections(sockets: string): Connection[] {
  const entries = sockets.split("\n").flatMap((line) => {
    const [state, , , local = "", peer = ""] = line.trim().split(/\s+/);
    return state === undefined || state === "" ? [] : [{ state, local: endpoint(local), peer: endpoint(peer) }];
  });
  const listening = new Set(entries.filter(({ state }) => state === "LISTEN").map(({ local }) => local.port));
  return entries
    .filter(({ state, local }) => state === "ESTAB" && listening.has(local.port) && !isLoopback(local.address))
    .map(({ local, peer }) => `${peer.address} . ${peer.port} . ${local.port}`)
    .sort();
}

/** `10.0.0.1:80`, `[fd00::1]:80`, `[::ffff:10.0.0.1]:80`, `[fe80::1%eth0]:80`, `[fe80::1]%eth0:80`, `*:80`. */
function endpoint(text: string): { readonly address: string; readonly port: string } {
  const [, written = "", port = ""] = /^(.*):([^:]*)$/.exec(text) ?? [];
  const address = written
    .replace(/[[\]]/g, "")
    .replace(/%.*/, "")
    .replace(/^::ffff:(?=\d+\.)/, "");
  return { address: address === "*" ? address : canonicalAddress(address), port };
}

function isLoopback(address: string): boolean {
  return address === "::1" || address.startsWith("127.");
}

/** The recorded connections, of `nft -j list table`. */
export function recordedConnections(json: string | undefined): Connection[] {
  const names: readonly string[] = families.map(recordSet);
  return setsOf(json)
    .filter(({ name }) => names.includes(name))
    .flatMap(({ elem = [] }) => elem)
    .flatMap((element) => (typeof element === "object" && "concat" in element ? [element.concat.join(" . ")] : []))
    .sort();
}

/** Whether the rules for the recorded connections are as recordTransaction writes them. */
export function isRecordInOrder(json: string, dscps: readonly number[]): boolean {
  const sets = setsOf(json).map(({ name }) => name);
  return (
    JSON.stringify(parseChain(json, learning)) === JSON.stringify(learningRules(dscps)) &&
    JSON.stringify(parseChain(json, marking)) === JSON.stringify(markingRules(dscps)) &&
    families.every((family) => dscps.every((dscp) => sets.includes(markedSet(family, dscp))))
  );
}

/** Whether the table has any part of the record, even one without connections. */
export function hasRecord(json: string | undefined): boolean {
  return setsOf(json).some(({ name }) => isRecordSet(name));
}

/** Replaces the record in one transaction. `json`: the table before; `undo`: the comment of a new table. */
export function recordTransaction(
  { dscps, connections }: AcceptedProgram,
  { json, undo }: { readonly json: string | undefined; readonly undo: string },
): string {
  const sets = families.flatMap((family) => {
    const type = `${family.type} . inet_service . inet_service`;
    const elements = connections.filter(family.has);
    return [
      `add set inet ${table} ${recordSet(family)} { type ${type}; }`,
      // A connection that is idle for longer is marked again from its peer's next packet on.
      ...dscps.map(
        (dscp) =>
          `add set inet ${table} ${markedSet(family, dscp)} { type ${type}; size 65535; flags dynamic,timeout; timeout 10m; }`,
      ),
      ...(elements.length === 0 ? [] : [`add element inet ${table} ${recordSet(family)} { ${elements.join(", ")} }`]),
    ];
  });
  return [
    `add table inet ${table} { comment "${undo}"; }\n`,
    recordRemoval(json),
    `${sets.join("\n")}\n`,
    replaceChain(learning, learningRules(dscps), undo),
    replaceChain(marking, markingRules(dscps), undo),
  ].join("");
}

/** Empty if the table has none. */
export function recordRemoval(json: string | undefined): string {
  const chains = [learning, marking].filter(({ name }) => chainNames(json).includes(name));
  const sets = setsOf(json).filter(({ name }) => isRecordSet(name));
  return [
    ...chains.map(({ name }) => `flush chain inet ${table} ${name}\ndelete chain inet ${table} ${name}\n`),
    ...sets.map(({ name }) => `delete set inet ${table} ${name}\n`),
  ].join("");
}

/** As nft lists them: the peer's packet tells the mark. */
function learningRules(dscps: readonly number[]): string[] {
  return families.flatMap((family) => {
    const from = `${family.ip} saddr . tcp sport . tcp dport`;
    return dscps.map(
      (dscp) =>
        `${family.ip} dscp ${dscp} ${from} @${recordSet(family)} update @${markedSet(family, dscp)} { ${from} }`,
    );
  });
}

function markingRules(dscps: readonly number[]): string[] {
  return families.flatMap((family) => {
    const to = `${family.ip} daddr . tcp dport . tcp sport`;
    return dscps.map((dscp) => `${family.ip} dscp 0 ${to} @${markedSet(family, dscp)} ${family.ip} dscp set ${dscp}`);
  });
}

function isV6(connection: Connection): boolean {
  return isIPv6(connection.split(" ")[0] ?? "");
}

function isRecordSet(name: string): boolean {
  return /^accepted[46](-\d+)?$/.test(name);
}

type ListedSet = {
  readonly name: string;
  readonly elem?: readonly (string | { readonly concat: readonly (string | number)[] } | { readonly elem: object })[];
};
type Listed = { readonly set?: ListedSet };

function listed(json: string | undefined): readonly Listed[] {
  return json === undefined ? [] : (JSON.parse(json) as { readonly nftables: readonly Listed[] }).nftables;
}

function setsOf(json: string | undefined): readonly ListedSet[] {
  return listed(json).flatMap(({ set }) => (set === undefined ? [] : [set]));
}
