// What the agent says of its node after a reconcile: one state for each link and for each pod with a level. Types only.
import type { Inactive } from "../core/link-state.ts";
import type { ScavengerState } from "../core/scavenger.ts";
import type { LevelCounters } from "../node/level-counters.ts";

export type Active = {
  readonly device?: string;
  /** Of a link: by level, as they were before this reconcile. */
  readonly counters?: readonly LevelCounters[];
  /** What this reconcile had to change; empty if everything was in order. */
  readonly changed: readonly string[];
  /** Accepted before answers were marked, and still open. Reported once for each namespace. */
  readonly connectionsBefore?: number;
};

export type LinkState = {
  /** The link in the ladder. */
  readonly link: string;
  /** Absent for an uplink of the node. */
  readonly pod?: string;
  readonly namespace?: string;
} & (Active | Inactive);

/** A pod whose packets or responses are marked. */
export type PodState = {
  readonly pod: string;
  readonly namespace: string;
  /** Absent: only its responses are marked. */
  readonly level?: string;
} & (Active | Inactive);

export type NodeReport = {
  readonly links: readonly LinkState[];
  readonly pods: readonly PodState[];
  /** Namespaces and devices from which something of Expedite's was removed. */
  readonly removed: readonly string[];
  /** Failures that belong to no link or pod. */
  readonly problems: readonly Inactive[];
  /** Absent: no level asks for the scavenger. */
  readonly scavenger?: ScavengerState;
};

/** Of all pods and of the node itself. */
export function connectionsBefore({ links, pods }: NodeReport): number {
  const active = [...links, ...pods].filter(isActive);
  return active.reduce((sum, { connectionsBefore: count = 0 }) => sum + count, 0);
}

export const isActive = <T extends Active | Inactive>(state: T): state is Exclude<T, Inactive> => !("reason" in state);
