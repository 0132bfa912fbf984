// Brings a network namespace to what it should have by one nft transaction, one batch of tc and the sysctl, and reads it back.
import { acceptedConnections, recordRemoval, recordTransaction } from "./accepted.ts";
import { isInSync } from "./changes.ts";
import { type Differences, differences, dscpsOf, isNone, type NamespaceProgram } from "./differences.ts";
import type { Run } from "./namespace.ts";
import { transaction, undoRecord } from "./nft.ts";
import { podTransaction } from "./pod-chain.ts";
import { type NamespaceState, ourDevices, readCommands, readNamespace, stateOf } from "./read-namespace.ts";
import { listSockets, writeReflectTos } from "./reflect-tos.ts";
import { removeDevice } from "./remove.ts";
import { outputOf, runAll } from "./run-all.ts";
import { changedQueue, type KernelSupport, writeQueues } from "./write-queues.ts";

/** What became of a link or a pod. */
export type Applied = {
  /** Empty if everything was in order. */
  readonly changed: readonly string[];
  /** Accepted before answers were marked, and still open. Reported with the first part of a namespace, if there are any. */
  readonly connectionsBefore?: number;
};

export type AppliedNamespace = {
  readonly pod?: Applied | Error;
  /** One for each link, in order. */
  readonly links: readonly (Applied | Error)[];
};

/** `state`: what was read of the namespace for the links' programs. `kernel` is updated. */
type Context = { readonly state: NamespaceState; readonly kernel: KernelSupport };

/**
 * If something fails, each part is applied by itself, so that it does not depend on the others. A new link that fails leaves nothing
 * behind.
 */
export async function applyNamespace(
  run: Run,
  wanted: NamespaceProgram,
  { state, kernel }: Context,
): Promise<AppliedNamespace> {
  const parts = partsOf(wanted);
  const isNew = (device: string): boolean => !ourDevices(state).includes(device);
  const failed = async ({ links: [link] }: NamespaceProgram, error: Error): Promise<Error> =>
    link !== undefined && isNew(link.device) ? undo(run, link.device, error) : error;
  try {
    return inParts(wanted, await applyTogether(run, wanted, { state, kernel }));
  } catch (error) {
    if (parts.length === 1) return inParts(wanted, [await failed(wanted, error as Error)]);
  }
  const results: (Applied | Error)[] = [];
  for (const part of parts) {
    const alone = applyAlone(run, part, kernel).catch((error: Error) => failed(part, error));
    results.push(await alone);
  }
  return inParts(wanted, results);
}

/** The pod, if there is one, and then each link. */
function partsOf({ pod, links }: NamespaceProgram): readonly NamespaceProgram[] {
  return [...(pod === undefined ? [] : [{ pod, links: [] }]), ...links.map((link) => ({ links: [link] }))];
}

function inParts({ pod }: NamespaceProgram, results: readonly (Applied | Error)[]): AppliedNamespace {
  return pod === undefined ? { links: results } : { pod: results[0]!, links: results.slice(1) };
}

async function applyAlone(run: Run, part: NamespaceProgram, kernel: KernelSupport): Promise<Applied> {
  const state = await readNamespace(run, programsOf(part));
  return (await applyTogether(run, part, { state, kernel }))[0]!;
}

async function undo(run: Run, device: string, cause: Error): Promise<Error> {
  try {
    await removeDevice(run, device);
    return cause;
  } catch (error) {
    return new Error(`${cause.message}; and undoing it failed: ${(error as Error).message}`, { cause });
  }
}

/** One result for each part. */
async function applyTogether(run: Run, wanted: NamespaceProgram, { state, kernel }: Context): Promise<Applied[]> {
  const found = differences(wanted, state);
  // This comes first: the table's comment records the sysctl's previous value in case the process is killed.
  await writeRules(run, wanted, { found, state });
  const queues = await writeQueues(run, found.links, kernel);
  const changed = changedParts(wanted, found, queues);
  // What was read and found in order is not read again.
  if (isNone(found) && changed.flat().length === 0) return appliedParts(changed, found, found.accepted.length);
  return appliedParts(changed, found, await finish(run, wanted, found));
}

/** What applyNamespace would do, without doing it. Where the preferred leaf is to be set, the kernel may turn out to lack it. */
export async function planNamespace(
  run: Run,
  wanted: NamespaceProgram,
  { state }: Pick<Context, "state">,
): Promise<AppliedNamespace> {
  const found = differences(wanted, state);
  const queues = found.links.map((link) => (isInSync(link.changes) ? [] : changedQueue(link, true)));
  const open = found.reflectTos ? acceptedConnections(outputOf((await runAll(run, [listSockets]))[0])) : found.accepted;
  return inParts(wanted, appliedParts(changedParts(wanted, found, queues), found, open.length));
}

/** In words, by part. `queues`: what was changed of each link's queue. */
function changedParts(
  { pod }: NamespaceProgram,
  found: Differences,
  queues: readonly (readonly string[])[],
): readonly (readonly string[])[] {
  return [
    ...(pod === undefined ? [] : [found.pod ? ["nft chain of the pod"] : []]),
    ...found.links.map(({ device, changes }, index) => [
      ...(changes.rules ? [`nft chain of ${device}`] : []),
      ...queues[index]!,
    ]),
  ];
}

/** The parts share the sysctl and the record of connections, so these are reported with the first. */
function appliedParts(
  changed: readonly (readonly string[])[],
  { reflectTos }: Differences,
  connectionsBefore: number,
): Applied[] {
  return changed.map((part, index) =>
    index > 0
      ? { changed: part }
      : {
          changed: reflectTos ? [...part, "net.ipv4.tcp_reflect_tos"] : part,
          ...(connectionsBefore === 0 ? {} : { connectionsBefore }),
        },
  );
}

/** One transaction for the whole namespace. */
async function writeRules(
  run: Run,
  wanted: NamespaceProgram,
  { found, state }: { readonly found: Differences; readonly state: NamespaceState },
): Promise<void> {
  const record = undoRecord(previousReflectTos(state));
  const chains = found.links.flatMap(({ program, device, changes }) =>
    changes.rules ? [transaction(program, device, record)] : [],
  );
  if (wanted.pod !== undefined && found.pod) chains.unshift(podTransaction(wanted.pod, record));
  if (found.record === "remove") chains.push(recordRemoval(state.table));
  if (found.record === "rewrite") {
    const program = { dscps: dscpsOf(wanted), connections: found.accepted };
    chains.push(recordTransaction(program, { json: state.table, undo: record }));
  }
  if (chains.length > 0) await run("nft", ["-f", "-"], chains.join(""));
}

/**
 * For a new table, because an existing one keeps its record. If Expedite's queue is there without its table (someone flushed the rules),
 * Expedite set the 1, and the previous value was the kernel's default.
 */
function previousReflectTos(state: NamespaceState): string {
  return ourDevices(state).length > 0 ? "0" : state.reflectTos;
}

/**
 * Sets the sysctl, reads everything back, and records the connections that the sysctl came too late for: they are listed after it, so that
 * none is missed. Returns their number.
 */
async function finish(run: Run, wanted: NamespaceProgram, { reflectTos, accepted }: Differences): Promise<number> {
  const programs = programsOf(wanted);
  const devices = wanted.links.map(({ device }) => device);
  const known = { devices, found: devices.map((device) => ({ device })) };
  const first = reflectTos ? [writeReflectTos("1"), listSockets] : [];
  const outputs = await runAll(run, [...first, ...readCommands(programs, known)]);
  const [, sockets = ""] = outputs.splice(0, first.length).map(outputOf);
  const state = await stateOf(run, programs, { ...known, outputs });
  const left = differences(wanted, state);
  if (!isNone(left)) throw new Error(`set, but it reads back differently: ${JSON.stringify(left)}`);
  if (!reflectTos) return accepted.length;
  const connections = acceptedConnections(sockets);
  if (connections.length === 0 || dscpsOf(wanted).length === 0) return connections.length;
  // The table is there: the parts have just been read back.
  const program = { dscps: dscpsOf(wanted), connections };
  await run("nft", ["-f", "-"], recordTransaction(program, { json: state.table, undo: undoRecord("0") }));
  return connections.length;
}

function programsOf({ links }: NamespaceProgram): NamespaceProgram["links"][number]["program"][] {
  return links.map(({ program }) => program);
}
