// Reads what a link's queue did in a network namespace, by level, and whether it is as the node program says. Changes nothing.
import type { Inactive } from "../core/link-state.ts";
import { handle, type NodeProgram } from "../render/node/node-program.ts";
import { changes, isInSync } from "./changes.ts";
import { type LevelCounters, levelCounters } from "./level-counters.ts";
import type { Run } from "./namespace.ts";
import { queueOf } from "./queue.ts";
import { readNamespace } from "./read-namespace.ts";

export type Observation = {
  readonly link: string;
  readonly device: string;
  /** The root qdisc, e.g. "htb 7a1:". */
  readonly qdisc: string;
  /** The kind of every level's leaf, e.g. "pfifo"; several if they differ. */
  readonly leaf: string;
  readonly inSync: boolean;
  readonly tcpReflectTos: boolean;
  readonly levels: readonly LevelObservation[];
};

/** Rates in bit/s. */
type LevelObservation = LevelCounters & {
  readonly classid: string;
  readonly dscp: number;
  readonly rate: number;
  readonly ceil: number;
};

export async function observe(run: Run, program: NodeProgram): Promise<Observation | Inactive> {
  const { state } = await readNamespace(run, [program]);
  const [found] = state.found;
  if (found === undefined || "problem" in found) return found!;
  const queue = queueOf(state, found.device);
  const classes = queue.root?.handle === handle ? queue.classes : [];
  const leaves = queue.leaves.filter(({ parent }) => program.levels.some(({ classid }) => classid === parent));
  return {
    link: program.link,
    device: found.device,
    qdisc: queue.root === undefined ? "none" : `${queue.root.kind} ${queue.root.handle}`,
    leaf: [...new Set(leaves.map(({ kind }) => kind))].join(", ") || "none",
    inSync: isInSync(changes(program, queue)),
    tcpReflectTos: queue.reflectTos === "1",
    levels: levelCounters(program, classes).map((counters, index) => {
      const { classid, dscp } = program.levels[index]!;
      const { rate = 0, ceil = 0 } = classes.find((entry) => entry.classid === classid) ?? {};
      return { ...counters, classid, dscp, rate, ceil };
    }),
  };
}
