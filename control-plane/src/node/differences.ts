// Compares what one network namespace should have with what was read of it. Pure.

import type { NodeProgram } from "../render/node/node-program.ts";
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
};

export function differences({ pod, links }: NamespaceProgram, state: NamespaceState): Differences {
  return {
    pod: pod !== undefined && !hasChain(pod, state.table),
    links: links.map((link) => ({ ...link, changes: changes(link.program, queueOf(state, link.device)) })),
    reflectTos: state.reflectTos !== "1",
  };
}

export function isNone({ pod, links, reflectTos }: Differences): boolean {
  return !pod && !reflectTos && links.every((link) => isInSync(link.changes));
}

function hasChain(pod: PodProgram, table: string | undefined): boolean {
  return table !== undefined && JSON.stringify(parsePodStatements(table)) === JSON.stringify(podStatements(pod));
}
