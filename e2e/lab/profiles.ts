// Defines the two sizes of the experiment: what the bottleneck carries, and how large the responses of ratings are.
import type { RequestClass } from "./classes.ts";

export interface Profile {
  readonly name: "quick" | "paper";
  /** Rate of ratings' interface in bit/s. */
  readonly bottleneck: number;
  /** The same rate as a Kubernetes quantity, for the pod's annotation kubernetes.io/egress-bandwidth. */
  readonly quantity: string;
  /** Bytes of a response body of ratings. Batch is 200 times larger, as in section 4.3 of the paper. */
  readonly bytes: Readonly<Record<RequestClass, number>>;
}

/** The rate of every other link in bit/s: the paper's 15 Gbps. */
export const linkRate = 15e9;

export const profiles: Readonly<Record<Profile["name"], Profile>> = {
  quick: { name: "quick", bottleneck: 100e6, quantity: "100M", bytes: { ls: 1_000, batch: 200_000 } },
  paper: { name: "paper", bottleneck: 1e9, quantity: "1G", bytes: { ls: 10_000, batch: 2_000_000 } },
};

/** Offered load ρ: response bytes requested from ratings per second over the bottleneck's rate, 0 upwards. */
export function offeredLoad(profile: Profile, rps: number, played: readonly RequestClass[]): number {
  const bytes = played.reduce((sum, name) => sum + profile.bytes[name], 0);
  return (rps * bytes * 8) / profile.bottleneck;
}
