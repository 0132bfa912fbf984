// Brings one network namespace to its desired state: marks of its pod, links, and nothing else of Expedite's.

import type { Inactive } from "../core/link-state.ts";
import { type Applied, applyToDevice } from "../node/apply.ts";
import { type AppliedPod, applyPod } from "../node/apply-pod.ts";
import { findDevice } from "../node/device.ts";
import { deviceSpeed } from "../node/device-speed.ts";
import { failure } from "../node/failure.ts";
import type { Run } from "../node/namespace.ts";
import type { PodProgram } from "../node/pod-chain.ts";
import { ourDevices, remove, removeDevice } from "../node/remove.ts";
import type { DesiredLink } from "./desired-node.ts";

export type DesiredNamespace = {
  readonly links: readonly DesiredLink[];
  /** Absent for the host's namespace, which belongs to no pod. */
  readonly pod?: PodProgram;
  /** Whether sysfs belongs to this namespace, because only then can the speed of a device be read. */
  readonly hasSysfs: boolean;
};

export type NamespaceReport = {
  readonly links: readonly { readonly link: string; readonly state: Applied | Inactive }[];
  readonly pod?: AppliedPod | Inactive;
  readonly removed: readonly string[];
  /** Why something of Expedite's could not be removed. */
  readonly problem?: Inactive;
};

/** Never throws: each link and the pod has its own state. */
export async function reconcileNamespace(run: Run, desired: DesiredNamespace): Promise<NamespaceReport> {
  if (desired.links.length === 0 && desired.pod === undefined)
    return { links: [], ...removal(await attempt(remove(run))) };
  // The pod comes first: while its chain exists, the sysctl stays, whatever happens to its links.
  const pod = desired.pod === undefined ? undefined : await attempt(applyPod(run, desired.pod));
  const owners = new Map<string, string>();
  const links: { link: string; state: Applied | Inactive }[] = [];
  for (const { link, program } of desired.links) {
    const state = await attempt(reconcileLink(run, { link, program }, { owners, hasSysfs: desired.hasSysfs }));
    links.push({ link, state });
  }
  return { links, ...(pod === undefined ? {} : { pod }), ...removal(await attempt(removeUnwanted(run, owners))) };
}

function removal(result: readonly string[] | Inactive): Pick<NamespaceReport, "removed" | "problem"> {
  return "reason" in result ? { removed: [], problem: result } : { removed: result };
}

type LinkContext = { readonly owners: Map<string, string>; readonly hasSysfs: boolean };

async function reconcileLink(
  run: Run,
  { link, program }: DesiredLink,
  { owners, hasSysfs }: LinkContext,
): Promise<Applied | Inactive> {
  const found = await findDevice(run, program);
  if ("problem" in found) return found;
  const { device } = found;
  const owner = owners.get(device);
  if (owner !== undefined)
    return { reason: "DeviceShared", problem: `device: "${device}" is link ${owner}'s already; select another` };
  const speed = hasSysfs ? deviceSpeed(device) : undefined;
  if (speed !== undefined && program.rate > speed) {
    const problem = `rate: ${program.rate} bit/s is above the ${speed} of "${device}"; allowed: at most that`;
    return { reason: "RateAboveDevice", problem };
  }
  // Also if applying fails: a queue that was right before is left as it is.
  owners.set(device, link);
  return applyToDevice(run, program, device);
}

async function removeUnwanted(run: Run, owners: ReadonlyMap<string, string>): Promise<readonly string[]> {
  const removed: string[] = [];
  for (const device of await ourDevices(run))
    if (!owners.has(device)) removed.push(...(await removeDevice(run, device)));
  return removed;
}

async function attempt<T>(action: Promise<T>): Promise<T | Inactive> {
  try {
    return await action;
  } catch (error) {
    return failure(error);
  }
}
