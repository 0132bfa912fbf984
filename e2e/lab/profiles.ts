// Defines the profiles of the experiment: what is scarce at ratings, the network or the application, and how much of it a request takes.
import type { RequestClass } from "./classes.ts";

export interface Profile {
  readonly name: "quick" | "paper" | "compute";
  /** Rate of ratings' interface in bit/s. */
  readonly bottleneck: number;
  /** The same rate as a Kubernetes quantity, for the pod's annotation kubernetes.io/egress-bandwidth. */
  readonly quantity: string;
  /** Bytes of a response body of ratings. In quick and paper, batch is 200 times larger, as in section 4.3 of the paper. */
  readonly bytes: Readonly<Record<RequestClass, number>>;
  /** What ratings has to do for a request. Undefined: it answers at once, and the link is what is scarce. */
  readonly work?: Work;
  /** Requests of a class for each one of the latency-sensitive class. */
  readonly ratio: Readonly<Record<RequestClass, number>>;
  /** The arms that run unless --arms says otherwise. Loading the scavenger changes the machine's kernel, and the others take time. */
  readonly arms: readonly string[];
  /** The complete system; its latency without the other class is the unloaded latency. */
  readonly fullArm: string;
  /** What --rps, --duration and --warm-up are if they are not given, and --rps with --full. */
  readonly defaults: {
    readonly rps: readonly number[];
    readonly fullRps: readonly number[];
    readonly duration: number;
    readonly warmUp: number;
  };
}

export interface Work {
  /** How many requests ratings works on at once, in the order in which they come; others wait in it. */
  readonly workers: number;
  /** For how long a request occupies one of them. */
  readonly milliseconds: Readonly<Record<RequestClass, number>>;
}

/** The rate of every other link in bit/s: the paper's 15 Gbps. */
export const linkRate = 15e9;

/** Two repeats of ten seconds at 50 rps give 1000 requests, the fewest for which a p99 is printed. */
const network = {
  ratio: { ls: 1, batch: 1 },
  arms: ["no-mesh", "mesh", "mesh-fq_codel", "connections", "packets"],
  fullArm: "packets",
  defaults: { rps: [50], fullRps: [10, 20, 30, 40, 50], duration: 10, warmUp: 0.5 },
} as const;

export const profiles: Readonly<Record<Profile["name"], Profile>> = {
  quick: { name: "quick", bottleneck: 100e6, quantity: "100M", bytes: { ls: 1_000, batch: 200_000 }, ...network },
  paper: { name: "paper", bottleneck: 1e9, quantity: "1G", bytes: { ls: 10_000, batch: 2_000_000 }, ...network },
  compute: {
    name: "compute",
    bottleneck: 1e9,
    quantity: "1G",
    bytes: { ls: 1_000, batch: 1_000 },
    work: { workers: 4, milliseconds: { ls: 10, batch: 40 } },
    ratio: { ls: 1, batch: 4 / 3 },
    arms: ["mesh", "envoy-adaptive", "queue"],
    fullArm: "queue",
    defaults: { rps: [60], fullRps: [31.6, 50.5, 60], duration: 12, warmUp: 2 },
  },
};

/** Requests per second of a class where --rps is `rps`. */
export const rateOf = ({ ratio }: Profile, rps: number, name: RequestClass): number => rps * ratio[name];

/** Offered load ρ, 0 upwards: what the requests need of ratings' link, or of its workers, over what there is. */
export function offeredLoad(profile: Profile, rps: number, played: readonly RequestClass[]): number {
  const { work, bytes, bottleneck } = profile;
  const sum = (of: Readonly<Record<RequestClass, number>>): number =>
    played.reduce((total, name) => total + rateOf(profile, rps, name) * of[name], 0);
  return work === undefined ? (sum(bytes) * 8) / bottleneck : sum(work.milliseconds) / 1000 / work.workers;
}
