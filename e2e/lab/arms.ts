// The arms of the experiment: what each of them has that the one before has not.

export interface Arm {
  readonly name: string;
  /** One line for a reader of the report. */
  readonly does: string;
  /** Whether proxies stand beside the applications. */
  readonly mesh: boolean;
  /** Whether the proxies carry levels: the filter, and a set of connections for each level. */
  readonly levels: boolean;
  /** What stands at the bottleneck: one queue, or the node program's class for each level. */
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

/** What gains are measured against: the paper's baseline. */
export const baselineArm = "mesh";
/** The complete system; its latency-sensitive load alone is the unloaded latency. */
export const fullArm = "packets";
