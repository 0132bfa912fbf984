// Writes the qdiscs and classes of a namespace's devices by one tc, or two if the kernel lacks the preferred leaf.
import type { NodeLevel } from "../render/node/node-program.ts";
import type { DeviceChanges } from "./differences.ts";
import { CommandError, type Run } from "./namespace.ts";
import { addRoot, deleteClass, deleteLeaf, deleteRoot, type Leaf, replaceClass, replaceLeaf } from "./tc.ts";

/** What was learned of the kernel by trying, so that it is tried once. */
export type KernelSupport = {
  /** Undefined: not tried yet. */
  preferredLeaf?: boolean;
};

/** Returns what was changed of each device, in order. */
export async function writeQueues(
  run: Run,
  links: readonly DeviceChanges[],
  kernel: KernelSupport,
): Promise<readonly (readonly string[])[]> {
  const classes = links.flatMap(classLines);
  const isPreferred = kernel.preferredLeaf !== false;
  const leaves = links.flatMap((link) => leafLines(link, isPreferred));
  try {
    await batch(run, [...classes, ...leaves]);
    if (isPreferred && leaves.length > 0) kernel.preferredLeaf = true;
    return links.map((link) => changedQueue(link, isPreferred));
  } catch (error) {
    // Only setting the preferred leaf shows whether the kernel has it; a refusal leaves the old one in place.
    if (!isPreferred || !isUnknownKind(error) || failedLine(error) <= classes.length) throw error;
  }
  kernel.preferredLeaf = false;
  await batch(
    run,
    links.flatMap((link) => leafLines(link, false)),
  );
  return links.map((link) => changedQueue(link, false));
}

function classLines({ program, device, changes }: DeviceChanges): readonly string[] {
  return [
    ...(changes.root === "rebuild" ? [deleteRoot(device)] : []),
    ...(changes.root === "keep" ? [] : [addRoot(device, program)]),
    ...changes.replace.map((settings) => replaceClass(device, settings)),
    ...changes.remove.map((classid) => deleteClass(device, classid)),
    ...changes.foreignLeaves.map((level) => deleteLeaf(device, level)),
  ];
}

function leafLines(link: DeviceChanges, isPreferred: boolean): readonly string[] {
  const leaf = leafOf(link, isPreferred);
  return levelsWithout(link, isPreferred).map((level) => replaceLeaf(link.device, level, leaf));
}

function leafOf({ program: { leaf } }: DeviceChanges, isPreferred: boolean): Leaf {
  return isPreferred ? { kind: leaf.prefer } : leaf.otherwise;
}

/** Levels to be given the leaf; a leaf of the other kind is good enough, if the preferred one is not to be had. */
function levelsWithout({ changes }: DeviceChanges, isPreferred: boolean): readonly NodeLevel[] {
  return isPreferred ? [...changes.leaves, ...changes.fallbackLeaves] : changes.leaves;
}

/** In words. `isPreferred`: whether the preferred leaf is set. */
export function changedQueue(link: DeviceChanges, isPreferred: boolean): readonly string[] {
  const { root, replace, remove } = link.changes;
  const { kind } = leafOf(link, isPreferred);
  return [
    ...(root === "keep" ? [] : [`qdisc htb ${link.program.handle} (${root})`]),
    ...replace.map(({ classid }) => `class ${classid}`),
    ...remove.map((classid) => `class ${classid} (removed)`),
    ...levelsWithout(link, isPreferred).map((level) => `leaf ${kind} of class ${level.classid}`),
  ];
}

function isUnknownKind(error: unknown): error is CommandError {
  return error instanceof CommandError && error.stderr.includes("qdisc kind is unknown");
}

/** tc stops at the first line that fails, and names it. */
function failedLine({ stderr }: CommandError): number {
  return Number(/Command failed -:(\d+)/.exec(stderr)?.[1]);
}

async function batch(run: Run, lines: readonly string[]): Promise<void> {
  if (lines.length > 0) await run("tc", ["-batch", "-"], `${lines.join("\n")}\n`);
}
