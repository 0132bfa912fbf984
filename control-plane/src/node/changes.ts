// Compares a node program with the actual queue: what has to change, or why the device is left alone. Pure.
import type { Inactive } from "../core/link-state.ts";
import { handle, type NodeLevel, type NodeProgram, rootClass } from "../render/node/node-program.ts";
import { rules } from "./nft.ts";
import type { Queue } from "./queue.ts";
import { type ClassSettings, isSameClass, type Leaf, leafHandle, type Qdisc } from "./tc.ts";

export type Changes = {
  /** The root is missing, or is Expedite's with another default class, which HTB cannot change: the classes are rebuilt. */
  readonly root: "keep" | "add" | "rebuild";
  readonly replace: readonly ClassSettings[];
  readonly remove: readonly string[];
  /** Levels without a leaf of Expedite's. */
  readonly leaves: readonly NodeLevel[];
  /** Those of them with a leaf that has to be removed first. */
  readonly foreignLeaves: readonly NodeLevel[];
  /** Levels with the fallback leaf: the preferred one is tried again. */
  readonly fallbackLeaves: readonly NodeLevel[];
  readonly rules: boolean;
  readonly reflectTos: boolean;
};

/** HTB serves one queue with one lock; above this rate, giving up several hardware queues costs more than the order gains (bit/s). */
const singleQueueRate = 10_000_000_000;

/** The usual owners of root qdiscs, as far as they are known. */
const owners: Readonly<Record<string, string>> = {
  tbf: "the CNI bandwidth plugin or Calico",
  fq: "Cilium's bandwidth manager",
};

/** Undefined if Expedite may use the device. */
export function refusal(program: NodeProgram, device: string, root: Qdisc | undefined): Inactive | undefined {
  if (root === undefined || (root.kind === "htb" && root.handle === handle)) return undefined;
  if (root.handle !== "0:") {
    const owner = owners[root.kind] === undefined ? "" : `, ordinarily of ${owners[root.kind]}`;
    const problem = `device: "${device}" has the root qdisc ${root.kind} ${root.handle}${owner}: left as it is. If nobody needs it: tc qdisc del dev ${device} root`;
    return { reason: "ForeignQdisc", problem };
  }
  if (root.kind !== "mq" || program.rate <= singleQueueRate || program.force) return undefined;
  const problem = `rate: ${program.rate} bit/s on "${device}", which has several queues: HTB would serve them through one; allowed: at most 10 Gbit/s, or force: true on the link`;
  return { reason: "SeveralQueues", problem };
}

/** `speed`: undefined if the device has none that could be read. */
export function rateRefusal({ rate }: NodeProgram, device: string, speed: number | undefined): Inactive | undefined {
  if (speed === undefined || rate <= speed) return undefined;
  const problem = `rate: ${rate} bit/s is above the ${speed} of "${device}"; allowed: at most that`;
  return { reason: "RateAboveDevice", problem };
}

export function changes(program: NodeProgram, queue: Queue): Changes {
  const ours = queue.root?.handle === handle;
  const isKept = ours && minor(queue.root?.options.default) === minor(`0x${program.defaultClass.split(":")[1]}`);
  const wanted = wantedClasses(program);
  const found = isKept ? queue.classes : [];
  const leafOf = (level: NodeLevel): Qdisc | undefined =>
    isKept ? queue.leaves.find((leaf) => leaf.parent === level.classid) : undefined;
  return {
    root: isKept ? "keep" : ours ? "rebuild" : "add",
    replace: wanted.filter((settings) => {
      const there = found.find((entry) => entry.classid === settings.classid);
      return there === undefined || !isSameClass(there, settings);
    }),
    remove: found.map((entry) => entry.classid).filter((id) => !wanted.some((settings) => settings.classid === id)),
    leaves: program.levels.filter((level) => leafState(program, level, leafOf(level)) === "wrong"),
    foreignLeaves: program.levels.filter(
      (level) => leafOf(level) !== undefined && leafState(program, level, leafOf(level)) === "wrong",
    ),
    fallbackLeaves: program.levels.filter((level) => leafState(program, level, leafOf(level)) === "fallback"),
    rules: !sameRules(queue.rules, rules(program)),
    reflectTos: queue.reflectTos !== String(program.sysctls["net.ipv4.tcp_reflect_tos"]),
  };
}

/** A fallback leaf is in order, because only trying shows whether the kernel has the preferred one. */
export function isInSync(found: Changes): boolean {
  return (
    found.root === "keep" &&
    found.replace.length + found.remove.length + found.leaves.length === 0 &&
    !found.rules &&
    !found.reflectTos
  );
}

function wantedClasses(program: NodeProgram): ClassSettings[] {
  const burst = Math.max(...program.levels.map((level) => level.cburst));
  const root = { classid: rootClass, prio: 0, rate: program.rate, ceil: program.rate, burst, cburst: burst };
  return [root, ...program.levels];
}

function leafState(program: NodeProgram, level: NodeLevel, leaf: Qdisc | undefined): "right" | "fallback" | "wrong" {
  const isLeaf = ({ kind, limit }: Leaf): boolean =>
    leaf?.kind === kind &&
    leaf.handle === leafHandle(level, { kind }) &&
    (limit === undefined || leaf.options.limit === limit);
  if (isLeaf({ kind: program.leaf.prefer })) return "right";
  return isLeaf(program.leaf.otherwise) ? "fallback" : "wrong";
}

function minor(text: string | undefined): number {
  return Number.parseInt(text ?? "0x0", 16);
}

function sameRules(found: readonly string[] | undefined, wanted: readonly string[]): boolean {
  return found !== undefined && JSON.stringify(found) === JSON.stringify(wanted);
}
