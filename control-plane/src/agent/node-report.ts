// What the agent says of its node after a reconcile: one state for each link and for each pod with a level. Types only.
import type { Inactive } from "../core/link-state.ts";

export type Active = {
  readonly device?: string;
  /** What this reconcile had to change; empty: everything was in order. */
  readonly changed: readonly string[];
  /** Accepted before answers were marked: they stay unmarked until they end. Only where that began now. */
  readonly connectionsBefore?: number;
};

export type LinkState = {
  /** Of the ladder. */
  readonly link: string;
  /** Absent: an uplink of the node. */
  readonly pod?: string;
  readonly namespace?: string;
} & (Active | Inactive);

/** Of a pod whose packets are marked, or whose answers are. */
export type PodState = {
  readonly pod: string;
  readonly namespace: string;
  /** Absent: only its answers are marked. */
  readonly level?: string;
} & (Active | Inactive);

/** The congestion control of levels that ask for scavenger, as the kernel names it, and why it is not ours. */
export type ScavengerState = { readonly algorithm?: string } & Partial<Inactive>;

export type NodeReport = {
  readonly links: readonly LinkState[];
  readonly pods: readonly PodState[];
  /** Namespaces and devices from which something of ours was taken away. */
  readonly removed: readonly string[];
  /** What failed that belongs to no link and no pod. */
  readonly problems: readonly Inactive[];
  /** Absent: no level asks for it. */
  readonly scavenger?: ScavengerState;
};

export const isActive = <T extends Active | Inactive>(state: T): state is Exclude<T, Inactive> => !("reason" in state);
