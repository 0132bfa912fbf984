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
  /** Where the narrow link is: at ratings' pod, whose queue can be ordered, or in the switch behind it, whose queue is one FIFO. */
  readonly bottleneck: "pod" | "switch";
  /** Whether connections of batch use the scavenger. */
  readonly scavenger: boolean;
  /** Whether a pod without a proxy copies from ratings all the time, and if its label says that it is batch. */
  readonly backup: "none" | "unlabelled" | "labelled";
  /** What decides which request ratings gets next: nothing, Envoy's own adaptive_concurrency, or the RequestQueue of request-queue.yaml. */
  readonly admission: "none" | "adaptive_concurrency" | "RequestQueue";
  /** Pods of ratings. The second one is busier, because exports take longer there, and proxies choose the pod with fewer requests. */
  readonly replicas: 1 | 2;
}

const usual = { bottleneck: "pod", scavenger: false, backup: "none", admission: "none", replicas: 1 } as const;
/** Where Expedite's queues are not the ones that packets wait in. */
const inSwitch = { ...usual, bottleneck: "switch" } as const;
const withBackup = { mesh: true, levels: true, queue: "levels", ...usual } as const;

export const arms: readonly Arm[] = [
  {
    name: "no-mesh",
    does: "applications call each other directly; one queue at the bottleneck",
    mesh: false,
    levels: false,
    queue: "pfifo",
    ...usual,
  },
  {
    name: "mesh",
    does: "a proxy beside each application, no levels; one queue at the bottleneck",
    mesh: true,
    levels: false,
    queue: "pfifo",
    ...usual,
  },
  {
    name: "mesh-fq_codel",
    does: "the same with fq_codel at the bottleneck: what a user would try first",
    mesh: true,
    levels: false,
    queue: "fq_codel",
    ...usual,
  },
  {
    name: "connections",
    does: "levels on connections of their own, marked with their DSCP; one queue at the bottleneck",
    mesh: true,
    levels: true,
    queue: "pfifo",
    ...usual,
  },
  {
    name: "packets",
    does: "and a queue for each level at the bottleneck: the paper's system",
    mesh: true,
    levels: true,
    queue: "levels",
    ...usual,
  },
  {
    name: "mesh-switch",
    does: "as mesh, but the narrow link is the switch's",
    mesh: true,
    levels: false,
    queue: "pfifo",
    ...inSwitch,
  },
  {
    name: "packets-switch",
    does: "as packets, but the narrow link is the switch's, so no packet waits in the queues that are ordered",
    mesh: true,
    levels: true,
    queue: "levels",
    ...inSwitch,
  },
  {
    name: "scavenger",
    does: "levels on connections of their own, batch's with the scavenger; the narrow link is the switch's",
    mesh: true,
    levels: true,
    queue: "pfifo",
    ...{ ...inSwitch, scavenger: true },
  },
  {
    name: "packets-scavenger",
    does: "both: ordered queues at the pods, and the scavenger for the switch's",
    mesh: true,
    levels: true,
    queue: "levels",
    ...{ ...inSwitch, scavenger: true },
  },
  {
    name: "backup-unlabelled",
    does: "as packets, while a pod without a proxy copies from ratings with four connections",
    ...{ ...withBackup, backup: "unlabelled" },
  },
  {
    name: "backup",
    does: "the same, and the pod's label says that it is batch",
    ...{ ...withBackup, backup: "labelled" },
  },
  {
    name: "envoy-adaptive",
    does: "as mesh, with Envoy's adaptive_concurrency at ratings: it refuses what is too much, of all classes alike",
    mesh: true,
    levels: false,
    queue: "pfifo",
    ...{ ...usual, admission: "adaptive_concurrency" },
  },
  {
    name: "queue",
    does: "levels, and a RequestQueue at ratings: the person's requests go first; one queue at the bottleneck",
    mesh: true,
    levels: true,
    queue: "pfifo",
    ...{ ...usual, admission: "RequestQueue" },
  },
  {
    name: "queue-packets",
    does: "both: the RequestQueue at ratings, and a queue for each level at the bottleneck",
    mesh: true,
    levels: true,
    queue: "levels",
    ...{ ...usual, admission: "RequestQueue" },
  },
  {
    name: "replicas-mesh",
    does: "as mesh, with two pods of ratings, one of them busy with exports; callers choose the one with fewer requests",
    mesh: true,
    levels: false,
    queue: "pfifo",
    ...{ ...usual, replicas: 2 },
  },
  {
    name: "replicas",
    does: "the same with levels: callers count each level's requests by themselves",
    mesh: true,
    levels: true,
    queue: "pfifo",
    ...{ ...usual, replicas: 2 },
  },
  {
    name: "replicas-queue",
    does: "and a RequestQueue at both pods",
    mesh: true,
    levels: true,
    queue: "pfifo",
    ...{ ...usual, admission: "RequestQueue", replicas: 2 },
  },
];

/** Gains are relative to this arm: the paper's baseline. */
const baselineArm = "mesh";
/** The baseline of an arm: a plain mesh with the same narrow link, and as many pods. */
export function baselineOf(arm: string): string {
  const { bottleneck, replicas } = arms.find(({ name }) => name === arm) ?? usual;
  return replicas > 1 ? "replicas-mesh" : bottleneck === "switch" ? "mesh-switch" : baselineArm;
}
