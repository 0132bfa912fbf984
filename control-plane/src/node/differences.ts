// Compares what one network namespace should have with what was read of it. Pure.

import type { NodeProgram } from "../render/node/node-program.ts";
import { acceptedConnections, type Connection, hasRecord, isRecordInOrder, recordedConnections } from "./accepted.ts";
import { type Changes, changes, isInSync } from "./changes.ts";
import { type PodProgram, parsePodStatements, podStatements } from "./pod-chain.ts";
import { queueOf } from "./queue.ts";
import type { NamespaceState } from "./read-namespace.ts";

export type DeviceProgram = { readonly program: NodeProgram; readonly device: string };

export type NamespaceProgram = {
  readonly pod?: PodProgram;
  /** Each with a device of its own. */
  readonly links: readonly DeviceProgram[];
};

export type DeviceChanges = DeviceProgram & { readonly changes: Changes };

export type Differences = {
  /** Whether the pod's chain is missing or differs. */
  readonly pod: boolean;
  /** One for each link, in order. */
  readonly links: readonly DeviceChanges[];
  readonly reflectTos: boolean;
  /** Recorded connections that still live: they were accepted before answers were marked. */
  readonly accepted: readonly Connection[];
  /** What is to be done with the record of them. */
  readonly record: "keep" | "rewrite" | "remove";
};

export function differences({ pod, links }: NamespaceProgram, state: NamespaceState): Differences {
  return {
    pod: pod !== undefined && !hasChain(pod, state.table),
    links: links.map((link) => ({ ...link, changes: changes(link.program, queueOf(state, link.device)) })),
    reflectTos: state.reflectTos !== "1",
    ...recordOf(dscpsOf({ ...(pod === undefined ? {} : { pod }), links }), state),
  };
}

function recordOf(
  dscps: readonly number[],
  { table, sockets = "" }: NamespaceState,
): Pick<Differences, "accepted" | "record"> {
  if (table === undefined || !hasRecord(table)) return { accepted: [], record: "keep" };
  const open = new Set(acceptedConnections(sockets));
  const accepted = recordedConnections(table).filter((connection) => open.has(connection));
  if (accepted.length === 0) return { accepted, record: "remove" };
  return { accepted, record: isRecordInOrder(table, dscps) ? "keep" : "rewrite" };
}

/** Of the levels, without 0. */
export function dscpsOf({ pod, links }: NamespaceProgram): readonly number[] {
  const all = [...(pod?.dscps ?? []), ...links.flatMap(({ program }) => program.levels.map(({ dscp }) => dscp))];
  return [...new Set(all)].filter((dscp) => dscp !== 0).sort((a, b) => a - b);
}

/** Whatever becomes of the record. */
export function isNone({ pod, links, reflectTos }: Differences): boolean {
  return !pod && !reflectTos && links.every((link) => isInSync(link.changes));
}

function hasChain(pod: PodProgram, table: string | undefined): boolean {
  return table !== undefined && JSON.stringify(parsePodStatements(table)) === JSON.stringify(podStatements(pod));
}
