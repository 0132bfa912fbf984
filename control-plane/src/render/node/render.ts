// Makes one node program for each active link: HTB classes by level, their marks, leaf and sysctl. Pure.
import { digest } from "../../core/digest.ts";
import type { Level, Link, Plan } from "../../core/plan.ts";
import { handle, type NodeLevel, type NodeProgram, table } from "./node-program.ts";

/** The part of the Plan that is read here. */
type LinksPlan = Pick<Plan, "levels" | "defaultLevel" | "links">;

type RenderedProgram = { readonly name: string; readonly program: NodeProgram };

/** With less than a few full-size packets, a class could not send at its rate between two timer ticks (bytes). */
const minBurst = 4 * 1514;

/** Named `link.namespace.pod` for a pod's link, `link` for a node's uplink. */
export function renderNode(plan: LinksPlan): RenderedProgram[] {
  return plan.links.map((link) => ({ name: linkName(link), program: program(plan, link) }));
}

/** A pod's name may be too long for a file's name together with those of the link and the namespace. */
function linkName({ name, namespace, pod }: Pick<Link, "name" | "namespace" | "pod">): string {
  if (pod === undefined) return name;
  const whole = `${name}.${namespace}.${pod}`;
  return whole.length <= longestName ? whole : `${whole.slice(0, longestName - 17)}-${digest(whole)}`;
}

/** Names of files have at most 255 bytes, .json among them. */
const longestName = 250;

function program(plan: LinksPlan, link: Link): NodeProgram {
  const levels = plan.levels.map((level, index) => nodeLevel(level, index, link));
  const unmarked = plan.levels.findIndex((level) => level.name === plan.defaultLevel);
  return {
    version: 1,
    link: link.name,
    ...(link.device === undefined ? {} : { device: link.device }),
    ...(link.nodeSelector === undefined ? {} : { nodeSelector: link.nodeSelector }),
    rate: link.rate,
    force: link.force,
    markTunnels: link.markTunnels,
    handle,
    defaultClass: classid(unmarked),
    levels,
    // A fifo as long as a device's default queue: the bytes of one class wait behind each other as they did without Expedite.
    leaf: { prefer: "fq_codel", otherwise: { kind: "pfifo", limit: 1000 } },
    table,
    sysctls: { "net.ipv4.tcp_reflect_tos": 1 },
  };
}

/** `prio` is the position, which decides who borrows first. The rate is only what a level keeps when those above it want everything. */
function nodeLevel(level: Level, index: number, link: Link): NodeLevel {
  const rate = Math.floor((link.rate * level.share) / 100);
  return {
    level: level.name,
    classid: classid(index),
    rate,
    ceil: link.rate,
    prio: index,
    burst: burst(rate),
    cburst: burst(link.rate),
    dscp: level.dscp,
    addresses: [...(link.dedicated[level.name] ?? [])],
  };
}

function classid(index: number): string {
  return `${handle}${index + 1}0`;
}

/** One millisecond at the rate: tc's own choice is 0 at 10 Gbit/s and costs a seventh of the throughput (measured). */
function burst(rate: number): number {
  return Math.max(minBurst, Math.ceil(rate / 8 / 1000));
}
