// Loads and removes the scavenger, a TCP congestion control in BPF (scavenger/README.md). The kernel keeps it after the program that loaded
// it has ended, for all network namespaces of the machine, and closes no connection when it is removed.
import { readFile } from "node:fs/promises";
import type { WithoutScavenger } from "../core/scavenger.ts";
import { CommandError, type Run } from "./namespace.ts";

const available = "/proc/sys/net/ipv4/tcp_available_congestion_control";

export type Names = {
  /** What sockets ask for: "scavenger". */
  readonly algorithm: string;
  /** The same with a digest of the sources, which the kernel shows. */
  readonly operations: string;
};

/** `changed`: whether it had to be loaded. */
export type Loaded = { readonly loaded: string; readonly changed: boolean };

/**
 * Registers the congestion control of a BPF object, in place of another version of it. Does nothing if this version is registered.
 * @returns what sockets ask for, or why the node does not have it
 */
export async function loadScavenger(run: Run, object: string): Promise<Loaded | WithoutScavenger> {
  const there = await lookUp(run, object);
  if ("reason" in there) return there;
  const { algorithm, operations, versions, changed } = there;
  try {
    if (changed) {
      for (const old of versions) await unregister(run, old);
      await register(run, object, there);
    }
  } catch (error) {
    return without(error);
  }
  if (await isAvailable(algorithm)) return { loaded: algorithm, changed };
  return { reason: "Refused", problem: `${operations} is registered, but the kernel does not list ${algorithm}` };
}

/** What `loadScavenger` would do, as far as that can be told without trying. Changes nothing. */
export async function planScavenger(run: Run, object: string): Promise<Loaded | WithoutScavenger> {
  const there = await lookUp(run, object);
  return "reason" in there ? there : { loaded: there.algorithm, changed: there.changed };
}

/**
 * Connections that use it keep it until they end.
 * @returns what was removed, empty if there was nothing; or why it could not be removed
 */
export async function removeScavenger(
  run: Run,
  object: string,
): Promise<{ readonly removed: string[] } | WithoutScavenger> {
  const there = await lookUp(run, object);
  if ("reason" in there) return there;
  const { algorithm, versions } = there;
  try {
    for (const operations of versions) await unregister(run, operations);
    return { removed: versions.map((operations) => `TCP congestion control ${algorithm} (${operations})`) };
  } catch (error) {
    return without(error);
  }
}

/** `versions`: the operations that are registered; `changed`: whether the object's have to be loaded. */
type LookedUp = Names & { readonly versions: readonly string[]; readonly changed: boolean };

/** Compares an object with the kernel. What was removed and waits for its last connection is no version any more. */
async function lookUp(run: Run, object: string): Promise<LookedUp | WithoutScavenger> {
  const names = await namesIn(object);
  if ("reason" in names) return names;
  try {
    const listed = await registered(run, names.algorithm);
    const versions = (await isAvailable(names.algorithm)) ? listed : [];
    return { ...names, versions, changed: !versions.includes(names.operations) };
  } catch (error) {
    return without(error);
  }
}

function without(error: unknown): WithoutScavenger {
  if (!(error instanceof CommandError)) throw error;
  const problem = error.message;
  if (/^spawn \S+ ENOENT/.test(error.stderr)) return { reason: "ToolMissing", problem };
  // EPERM. The verifier refuses a program with EACCES.
  if (/Operation not permitted/.test(error.stderr)) return { reason: "NotPermitted", problem };
  if (/kernel BTF is missing|vmlinux BTF/.test(error.stderr)) return { reason: "BtfMissing", problem };
  return { reason: /struct_ops register/.test(problem) ? "Refused" : "Failed", problem };
}

/** The names of an object, or why it is none. */
export async function namesIn(object: string): Promise<Names | WithoutScavenger> {
  let content: string;
  try {
    content = await readFile(object, "latin1");
  } catch (error) {
    return { reason: "ObjectMissing", problem: (error as Error).message };
  }
  const [, operations, algorithm] = /\0(([a-z0-9]+)_[0-9a-f]{5})\0/.exec(content) ?? [];
  if (operations === undefined || algorithm === undefined)
    return { reason: "ObjectMissing", problem: `${object} names no congestion control` };
  return { algorithm, operations };
}

/** Agents of several nodes may share a kernel, as those of kind do: what another one has just registered is as good. */
async function register(run: Run, object: string, { algorithm, operations }: Names): Promise<void> {
  try {
    await run("bpftool", ["struct_ops", "register", object]);
  } catch (error) {
    if (!(await registered(run, algorithm)).includes(operations)) throw error;
  }
}

/**
 * Also those that were removed and wait for their last connection: whether any other is left, isAvailable tells. Text, because with -j
 * bpftool says only on standard output why it fails. Lines are "31: scavenger_fa889 tcp_congestion_ops".
 */
async function registered(run: Run, algorithm: string): Promise<string[]> {
  const listed = await run("bpftool", ["struct_ops", "list"]);
  const found = listed.matchAll(new RegExp(`^\\d+: (${algorithm}_[0-9a-f]{5})\\b`, "gm"));
  return [...new Set([...found].map(([, name = ""]) => name))];
}

async function unregister(run: Run, operations: string): Promise<void> {
  try {
    await run("bpftool", ["struct_ops", "unregister", "name", operations]);
  } catch (error) {
    // EINPROGRESS: one that waits. bpftool goes on to the others of the name.
    const waiting = /Operation now in progress/;
    if (!(error instanceof CommandError) || !waiting.test(error.stderr)) throw error;
    if (/Error(?!.*Operation now in progress)/.test(error.stderr)) throw error;
  }
}

/** Whether the kernel has the congestion control, of whatever version. It needs no process. */
export async function isAvailable(algorithm: string): Promise<boolean> {
  return (await readFile(available, "utf8")).trim().split(" ").includes(algorithm);
}
