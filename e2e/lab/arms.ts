// Lists the arms of the experiment, with what each of them adds to the one before.

export interface Arm {
  readonly name: string;
  /** One line for a reader of the report. */
  readonly does: string;
  /** Whether there are proxies next to the applications. */
  readonly mesh: boolean;
  /** Whether the proxies carry levels: the filter, and a set of connections for each level. */
  readonly levels: boolean;
  /** What orders packets at the bottleneck: one queue, or the node program's class for each level. */
  readonly queue: "pfifo" | "fq_codel" | "levels";
}

export const arms: readonly Arm[] = [
  {
    name: "no-mesh",
    does: "applications call each other directly; one queue at the bottleneck",
    mesh: false,
    levels: false,
    queue: "pfifo",
  },
  {
    name: "mesh",
    does: "a proxy beside each application, no levels; one queue at the bottleneck",
    mesh: true,
    levels: false,
    queue: "pfifo",
  },
  {
    name: "mesh-fq_codel",
    does: "the same with fq_codel at the bottleneck: what a user would try first",
    mesh: true,
    levels: false,
    queue: "fq_codel",
  },
  {
    name: "connections",
    does: "levels on connections of their own, marked with their DSCP; one queue at the bottleneck",
    mesh: true,
    levels: true,
    queue: "pfifo",
  },
  {
    name: "packets",
    does: "and a queue for each level at the bottleneck: the paper's system",
    mesh: true,
    levels: true,
    queue: "levels",
  },
];

/** Gains are relative to this arm: the paper's baseline. */
export const baselineArm = "mesh";
/** The complete system; its latency without the other class is the unloaded latency. */
export const fullArm = "packets";
