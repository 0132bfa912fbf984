// Brings one network namespace to its desired state: marks of its pod, links, and nothing else of Expedite's.

import type { Inactive } from "../core/link-state.ts";
import { type Applied, type AppliedNamespace, applyNamespace, planNamespace } from "../node/apply-namespace.ts";
import { bringYielding, planYielding, yieldCommands } from "../node/apply-yielding.ts";
import { deviceSpeed } from "../node/device-speed.ts";
import { failure } from "../node/failure.ts";
import { type LevelCounters, levelCounters } from "../node/level-counters.ts";
import type { Run } from "../node/namespace.ts";
import type { PodProgram } from "../node/pod-chain.ts";
import { readCommands, readNamespace, stateOf, tracedDevices } from "../node/read-namespace.ts";
import { remove, removeDevice, wouldRemove, wouldRemoveDevice } from "../node/remove.ts";
import type { Command, Output } from "../node/run-all.ts";
import type { KernelSupport } from "../node/write-queues.ts";
import type { DesiredLink } from "./desired-node.ts";
import { placeLinks } from "./place-links.ts";
import { nodeScavenger, plannedScavenger } from "./scavenger.ts";

export type DesiredNamespace = {
  readonly links: readonly DesiredLink[];
  /** Absent for the host's namespace, which belongs to no pod. */
  readonly pod?: PodProgram;
  /** Whether sysfs belongs to this namespace, because only then can the speed of a device be read. */
  readonly hasSysfs: boolean;
};

export type NamespaceReport = {
  readonly links: readonly { readonly link: string; readonly state: (Applied & Placed) | Inactive }[];
  readonly pod?: Applied | Inactive;
  /** Of the connections that yield. */
  readonly yields?: Pick<Applied, "changed"> | Inactive;
  readonly removed: readonly string[];
  /** Why something of Expedite's could not be removed. */
  readonly problem?: Inactive;
};

/** `counters`: as they were before this reconcile. */
type Placed = { readonly device: string; readonly counters: readonly LevelCounters[] };

/** What is done to a namespace. */
export type Actions = {
  readonly apply: typeof applyNamespace;
  readonly remove: typeof remove;
  readonly removeDevice: typeof removeDevice;
  readonly yielding: typeof bringYielding;
  /** What is done to the node's kernel. */
  readonly scavenger: typeof nodeScavenger;
  readonly speedOf: typeof deviceSpeed;
};

export const changing: Actions = {
  ...{ apply: applyNamespace, remove, removeDevice, yielding: bringYielding, scavenger: nodeScavenger },
  speedOf: deviceSpeed,
};

/** Nothing is changed; the report says what would be. */
export const planning: Actions = {
  ...{ apply: planNamespace, remove: wouldRemove, removeDevice: wouldRemoveDevice, yielding: planYielding },
  ...{ scavenger: plannedScavenger, speedOf: deviceSpeed },
};

type Knowledge = {
  readonly actions: Actions;
  /** Updated. */
  readonly kernel: KernelSupport;
  /** Where the links were before; it saves a process. */
  readonly devices?: readonly string[];
  /** Those of commandsFor for the desired state and these devices, if they have been run. */
  readonly outputs?: readonly Output[];
};

/** Everything that reads a namespace for its desired state. `devices`: where the links were before. */
export function commandsFor({ links, pod }: DesiredNamespace, devices: readonly string[]): readonly Command[] {
  const programs = links.map(({ program }) => program);
  return [...readCommands(programs, { devices }), ...(pod?.yields === undefined ? [] : yieldCommands)];
}

/** Never throws: each link and the pod has its own state. */
export async function reconcileNamespace(
  run: Run,
  desired: DesiredNamespace,
  { actions, kernel, devices = [], outputs }: Knowledge,
): Promise<NamespaceReport> {
  if (desired.links.length === 0 && desired.pod === undefined)
    return { links: [], ...removal(await attempt(actions.remove(run))) };
  const programs = desired.links.map(({ program }) => program);
  const own = readCommands(programs, { devices }).length;
  const state = await attempt(
    outputs === undefined
      ? readNamespace(run, programs, { devices })
      : stateOf(run, programs, { devices, outputs: outputs.slice(0, own) }),
  );
  if ("reason" in state) return allInactive(desired, state);
  const placed = placeLinks(desired, state, actions.speedOf);
  const active = placed.flatMap((place) => ("reason" in place ? [] : [place]));
  const wanted = { links: active, ...(desired.pod === undefined ? {} : { pod: desired.pod }) };
  const applied = await actions.apply(run, wanted, { state, kernel });
  const links = desired.links.map(({ link }, index) => {
    const place = placed[index]!;
    if ("reason" in place) return { link, state: place };
    const result = outcome(applied.links[active.indexOf(place)]!);
    if ("reason" in result) return { link, state: result };
    const { device, program } = place;
    return { link, state: { device, counters: levelCounters(program, state.classes.get(device) ?? []), ...result } };
  });
  // A queue that was right and could not be changed is left as it is.
  const unwanted = tracedDevices(state).filter((device) => !active.some((place) => place.device === device));
  const table = { listing: state.table, isCurrent: isUnchanged(applied), outputs: outputs?.slice(own) ?? [] };
  const yielding = await attempt(actions.yielding(run, desired.pod?.yields, table));
  const freed = await attempt(removeDevices(run, unwanted, actions));
  return {
    links,
    ...(applied.pod === undefined ? {} : { pod: outcome(applied.pod) }),
    ...("reason" in yielding || desired.pod?.yields !== undefined ? { yields: yielding } : {}),
    ...removal("reason" in freed || "reason" in yielding ? freed : [...yielding.removed, ...freed]),
  };
}

/** Everything is inactive for one reason. */
export function allInactive({ links, pod }: DesiredNamespace, inactive: Inactive): NamespaceReport {
  return {
    links: links.map(({ link }) => ({ link, state: inactive })),
    ...(pod === undefined ? {} : { pod: inactive }),
    removed: [],
  };
}

function removal(result: readonly string[] | Inactive): Pick<NamespaceReport, "removed" | "problem"> {
  return "reason" in result ? { removed: [], problem: result } : { removed: result };
}

async function removeDevices(run: Run, devices: readonly string[], actions: Actions): Promise<readonly string[]> {
  const removed: string[] = [];
  for (const device of devices) removed.push(...(await actions.removeDevice(run, device)));
  return removed;
}

function outcome(result: Applied | Error): Applied | Inactive {
  return result instanceof Error ? failure(result) : result;
}

function isUnchanged({ pod, links }: AppliedNamespace): boolean {
  return [...(pod === undefined ? [] : [pod]), ...links].every(
    (part) => !(part instanceof Error) && part.changed.length === 0,
  );
}

async function attempt<T>(action: Promise<T>): Promise<T | Inactive> {
  try {
    return await action;
  } catch (error) {
    return failure(error);
  }
}
