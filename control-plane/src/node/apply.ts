// Brings a device's queue in a network namespace to what the node program says, and returns what was changed; or why not, in which case
// nothing changed.
import type { Inactive } from "../core/link-state.ts";
import { handle, type NodeLevel, type NodeProgram } from "../render/node/node-program.ts";
import { type Changes, changes, isInSync, refusal } from "./changes.ts";
import { findDevice } from "./device.ts";
import { CommandError, type Run } from "./namespace.ts";
import { transaction, undoRecord } from "./nft.ts";
import { type Queue, readQueue } from "./queue.ts";
import { acceptedConnections, writeReflectTos } from "./reflect-tos.ts";
import { removeDevice } from "./remove.ts";
import { addRoot, deleteClass, deleteLeaf, deleteRoot, type Leaf, replaceClass, replaceLeaf } from "./tc.ts";

export type Applied = {
  readonly link: string;
  readonly device: string;
  /** Empty if everything was in order. */
  readonly changed: readonly string[];
  /** Accepted before answers were marked: they stay unmarked until they end. Only where that began now. */
  readonly connectionsBefore?: number;
};

export async function apply(run: Run, program: NodeProgram): Promise<Applied | Inactive> {
  const found = await findDevice(run, program);
  return "problem" in found ? found : applyToDevice(run, program, found.device);
}

/** `device`: the result of findDevice. */
export async function applyToDevice(run: Run, program: NodeProgram, device: string): Promise<Applied | Inactive> {
  const before = await readQueue(run, device);
  const refused = refusal(program, device, before.root);
  if (refused !== undefined) return refused;

  const wanted = changes(program, before);
  const connectionsBefore = wanted.reflectTos ? await acceptedConnections(run) : undefined;
  const changed = await change(run, program, device, before, wanted);
  // What was read and found in order is not read again.
  if (changed.length > 0) await readBack(run, program, device);
  return { link: program.link, device, changed, ...(connectionsBefore === undefined ? {} : { connectionsBefore }) };
}

async function change(
  run: Run,
  program: NodeProgram,
  device: string,
  before: Queue,
  wanted: Changes,
): Promise<string[]> {
  try {
    const changed: string[] = [];
    // This comes first: the table's comment records the sysctl's previous value in case the process is killed.
    if (wanted.rules || (wanted.reflectTos && before.undoRecord === undefined)) {
      await run("nft", ["-f", "-"], transaction(program, device, undoRecord(recordedValue(before))));
      changed.push(`nft chain of ${device}`);
    }
    changed.push(...(await changeQdiscs(run, program, device, wanted)));
    if (wanted.reflectTos) {
      await writeReflectTos(run, String(program.sysctls["net.ipv4.tcp_reflect_tos"]));
      changed.push("net.ipv4.tcp_reflect_tos");
    }
    return changed;
  } catch (error) {
    // Nothing is left half done: a new link is removed again.
    if (before.root?.handle !== handle) await undo(run, device, error as Error);
    throw error;
  }
}

async function undo(run: Run, device: string, cause: Error): Promise<void> {
  try {
    await removeDevice(run, device);
  } catch (error) {
    throw new Error(`${cause.message}; and undoing it failed: ${(error as Error).message}`, { cause });
  }
}

/**
 * If Expedite's queue exists without its table (someone flushed the rules), Expedite set the 1, and the previous value was the kernel's
 * default.
 */
function recordedValue(before: Queue): string {
  return before.undoRecord ?? (before.root?.handle === handle ? "0" : before.reflectTos);
}

async function changeQdiscs(run: Run, program: NodeProgram, device: string, wanted: Changes): Promise<string[]> {
  await batch(run, [
    ...(wanted.root === "rebuild" ? [deleteRoot(device)] : []),
    ...(wanted.root === "keep" ? [] : [addRoot(device, program)]),
    ...wanted.replace.map((settings) => replaceClass(device, settings)),
    ...wanted.remove.map((classid) => deleteClass(device, classid)),
  ]);
  const leaves = await changeLeaves(run, program, device, wanted);
  return [
    ...(wanted.root === "keep" ? [] : [`qdisc htb ${program.handle} (${wanted.root})`]),
    ...wanted.replace.map(({ classid }) => `class ${classid}`),
    ...wanted.remove.map((classid) => `class ${classid} (removed)`),
    ...leaves,
  ];
}

/** Only setting the preferred leaf shows whether the kernel has it; a refusal leaves the old one in place. */
async function changeLeaves(run: Run, program: NodeProgram, device: string, wanted: Changes): Promise<string[]> {
  const { prefer, otherwise } = program.leaf;
  const set = async (levels: readonly NodeLevel[], leaf: Leaf): Promise<string[]> => {
    await batch(
      run,
      levels.map((level) => replaceLeaf(device, level, leaf)),
    );
    return levels.map((level) => `leaf ${leaf.kind} of class ${level.classid}`);
  };
  await batch(
    run,
    wanted.foreignLeaves.map((level) => deleteLeaf(device, level)),
  );
  try {
    return await set([...wanted.leaves, ...wanted.fallbackLeaves], { kind: prefer });
  } catch (error) {
    if (!(error instanceof CommandError) || !error.stderr.includes("qdisc kind is unknown")) throw error;
    return set(wanted.leaves, otherwise);
  }
}

/** One process for all lines; tc stops at the first line that fails. */
async function batch(run: Run, lines: readonly string[]): Promise<void> {
  if (lines.length > 0) await run("tc", ["-batch", "-"], `${lines.join("\n")}\n`);
}

async function readBack(run: Run, program: NodeProgram, device: string): Promise<void> {
  const left = changes(program, await readQueue(run, device));
  if (!isInSync(left)) throw new Error(`${device}: set, but it reads back differently: ${JSON.stringify(left)}`);
}
