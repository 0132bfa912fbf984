// Makes tc's statements for qdiscs and classes, and reads tc's output. All tc text is here.
import type { NodeLevel, NodeProgram } from "../render/node/node-program.ts";
import { rootClass } from "../render/node/node-program.ts";

export type Qdisc = {
  readonly kind: string;
  /** "0:" if the kernel created it by itself. */
  readonly handle: string;
  readonly root: boolean;
  readonly parent?: string;
  readonly options: { readonly default?: string; readonly limit?: number };
};

export type DeviceQdisc = Qdisc & { readonly device: string };

/** Rates in bit/s, bursts in bytes, rounded as tc prints them. */
export type HtbClass = {
  readonly classid: string;
  readonly prio: number;
  readonly rate: number;
  readonly ceil: number;
  readonly burst: number;
  readonly cburst: number;
  readonly bytes: number;
  readonly packets: number;
  readonly drops: number;
  readonly overlimits: number;
  /** Bytes that wait. */
  readonly backlog: number;
};

export type ClassSettings = Pick<HtbClass, "classid" | "prio" | "rate" | "ceil" | "burst" | "cburst">;

export type Leaf = { readonly kind: "fq_codel" | "pfifo"; readonly limit?: number };

/** Silences "quantum of class is big"; the quantum only shares between classes of equal prio, of which there are none. */
const quantum = 60_000;

export function addRoot(device: string, program: NodeProgram): string {
  const minor = program.defaultClass.slice(program.handle.length);
  return `qdisc add dev ${device} root handle ${program.handle} htb default ${minor}`;
}

export function deleteRoot(device: string): string {
  return `qdisc del dev ${device} root`;
}

/** Creates or changes a class; a change of rates keeps its queue and counters. */
export function replaceClass(device: string, wanted: ClassSettings): string {
  const isRoot = wanted.classid === rootClass;
  const parent = isRoot ? wanted.classid.replace(/:.*/, ":") : rootClass;
  return [
    `class replace dev ${device} parent ${parent} classid ${wanted.classid} htb prio ${wanted.prio}`,
    `rate ${wanted.rate}bit ceil ${wanted.ceil}bit burst ${wanted.burst}b cburst ${wanted.cburst}b quantum ${quantum}`,
  ].join(" ");
}

export function deleteClass(device: string, classid: string): string {
  return `class del dev ${device} classid ${classid}`;
}

export function replaceLeaf(device: string, level: NodeLevel, leaf: Leaf): string {
  const limit = leaf.limit === undefined ? "" : ` limit ${leaf.limit}`;
  return `qdisc replace dev ${device} parent ${level.classid} handle ${leafHandle(level, leaf)} ${leaf.kind}${limit}`;
}

export function deleteLeaf(device: string, level: NodeLevel): string {
  return `qdisc del dev ${device} parent ${level.classid}`;
}

/** Expedite's own, and the same each time: 7a2: for fq_codel in 7a1:10, 7b2: for pfifo, because a handle cannot change its kind. */
export function leafHandle(level: NodeLevel, leaf: Leaf): string {
  const position = Number(level.classid.split(":")[1]) / 10;
  return `${((leaf.kind === "fq_codel" ? 0x7a1 : 0x7b1) + position).toString(16)}:`;
}

/**
 * `tc qdisc show`: text, because iproute2 6.1 prints some kinds that others may use (hfsc, multiq) as text in the middle of its JSON, which
 * then cannot be read at all.
 */
export function parseQdiscs(text: string): DeviceQdisc[] {
  return text.split("\n").flatMap((line) => {
    const [, kind, handle, device, place = ""] = /^qdisc (\S+) (\S+) dev (\S+)(.*)$/.exec(line) ?? [];
    if (kind === undefined || handle === undefined || device === undefined) return [];
    const word = (name: string): string | undefined => new RegExp(` ${name} (\\S+)`).exec(place)?.[1];
    const [parent, minor, limit] = [word("parent"), word("default"), word("limit")];
    const options = {
      ...(minor === undefined ? {} : { default: minor }),
      ...(limit === undefined ? {} : { limit: Number.parseInt(limit, 10) }),
    };
    const root = place.startsWith(" root");
    return [{ device, kind, handle, root, ...(parent === undefined ? {} : { parent }), options }];
  });
}

/** `tc -d -s class show`: text, because HTB's classes have no JSON in iproute2 6.1. */
export function parseClasses(text: string): HtbClass[] {
  return text
    .split(/^(?=class )/m)
    .filter((entry) => entry.startsWith("class htb "))
    .map((entry) => ({
      classid: /^class htb (\S+)/.exec(entry)?.[1] ?? "",
      prio: Number(/ prio (\d+)/.exec(entry)?.[1] ?? 0),
      rate: parseRate(/ rate (\S+)/.exec(entry)?.[1]),
      ceil: parseRate(/ ceil (\S+)/.exec(entry)?.[1]),
      burst: parseSize(/ burst ([^\s/]+)/.exec(entry)?.[1]),
      cburst: parseSize(/ cburst ([^\s/]+)/.exec(entry)?.[1]),
      bytes: Number(/Sent (\d+) bytes/.exec(entry)?.[1] ?? 0),
      packets: Number(/bytes (\d+) pkt/.exec(entry)?.[1] ?? 0),
      drops: Number(/dropped (\d+)/.exec(entry)?.[1] ?? 0),
      overlimits: Number(/overlimits (\d+)/.exec(entry)?.[1] ?? 0),
      backlog: parseSize(/ backlog (\S+)/.exec(entry)?.[1] ?? "0b"),
    }));
}

/**
 * The kernel counts rates in bytes per second, and tc prints them to four digits or more, and bursts by way of timer ticks: smaller
 * differences don't count.
 */
export function isSameClass(found: ClassSettings, wanted: ClassSettings): boolean {
  const isNear = (a: number, b: number, tolerance: number): boolean => Math.abs(a - b) <= Math.max(b * tolerance, 8);
  return (
    found.prio === wanted.prio &&
    isNear(found.rate, wanted.rate, 0.001) &&
    isNear(found.ceil, wanted.ceil, 0.001) &&
    isNear(found.burst, wanted.burst, 0.05) &&
    isNear(found.cburst, wanted.cburst, 0.05)
  );
}

function parseRate(text: string | undefined): number {
  const [, number, unit] = /^([\d.]+)([KMGT]?)bit$/.exec(text ?? "") ?? [];
  return Number(number) * 1000 ** " KMGT".indexOf(unit || " ");
}

function parseSize(text: string | undefined): number {
  const [, number, unit] = /^([\d.]+)([KM]?)b$/.exec(text ?? "") ?? [];
  return Number(number) * 1024 ** " KM".indexOf(unit || " ");
}
