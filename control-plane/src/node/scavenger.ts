// Loads and removes the scavenger, a TCP congestion control in BPF (scavenger/README.md). The kernel keeps it after the program that loaded
// it has ended, for all network namespaces of the machine, and closes no connection when it is removed.
import { readFile } from "node:fs/promises";
import { CommandError, type Run } from "./namespace.ts";

/** Why a node does not have it, with the meaning for readers. */
export const scavengerReasons = {
  ToolMissing: "bpftool is not installed, or not in the agent's image.",
  NotPermitted:
    "Loading BPF needs CAP_BPF, CAP_PERFMON, CAP_NET_ADMIN and CAP_SYS_ADMIN, in the machine's own user namespace.",
  Refused: "The kernel lacks BTF or is older than 6.0, or another congestion control has the name.",
  Failed: "A command failed. The message quotes it.",
} as const;

export type WithoutScavenger = { readonly reason: keyof typeof scavengerReasons; readonly problem: string };

const available = "/proc/sys/net/ipv4/tcp_available_congestion_control";

type Names = {
  /** What sockets ask for: "scavenger". */
  readonly algorithm: string;
  /** The same with a digest of the sources, which the kernel shows. */
  readonly operations: string;
};

/**
 * Registers the congestion control of a BPF object, in place of another version of it. Does nothing if this version is registered.
 * @returns what sockets ask for, or why the node does not have it
 * @throws Error if the object is no such object, or can't be read
 */
export async function loadScavenger(run: Run, object: string): Promise<{ readonly loaded: string } | WithoutScavenger> {
  const { algorithm, operations } = await namesIn(object);
  try {
    const found = await registered(run, algorithm);
    if (!found.includes(operations)) {
      for (const old of found) await unregister(run, old);
      await run("bpftool", ["struct_ops", "register", object]);
    }
  } catch (error) {
    return without(error);
  }
  if (await isAvailable(algorithm)) return { loaded: algorithm };
  return { reason: "Refused", problem: `${operations} is registered, but the kernel does not list ${algorithm}` };
}

/**
 * Connections that use it keep it until they end.
 * @returns what was removed, empty if there was nothing; or why it could not be removed
 * @throws Error if the object is no such object, or can't be read
 */
export async function removeScavenger(
  run: Run,
  object: string,
): Promise<{ readonly removed: string[] } | WithoutScavenger> {
  const { algorithm } = await namesIn(object);
  try {
    const found = await registered(run, algorithm);
    for (const operations of found) await unregister(run, operations);
    return { removed: found.map((operations) => `TCP congestion control ${algorithm} (${operations})`) };
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
  return { reason: /struct_ops register/.test(problem) ? "Refused" : "Failed", problem };
}

async function namesIn(object: string): Promise<Names> {
  const [, operations, algorithm] = /\0(([a-z0-9]+)_[0-9a-f]{5})\0/.exec(await readFile(object, "latin1")) ?? [];
  if (operations === undefined || algorithm === undefined) throw new Error(`${object} names no congestion control`);
  return { algorithm, operations };
}

/** Text, because with -j bpftool says only on standard output why it fails. Lines are "31: scavenger_fa889 tcp_congestion_ops". */
async function registered(run: Run, algorithm: string): Promise<string[]> {
  const listed = await run("bpftool", ["struct_ops", "list"]);
  return [...listed.matchAll(new RegExp(`^\\d+: (${algorithm}_[0-9a-f]{5})\\b`, "gm"))].map(([, name = ""]) => name);
}

async function unregister(run: Run, operations: string): Promise<void> {
  await run("bpftool", ["struct_ops", "unregister", "name", operations]);
}

async function isAvailable(algorithm: string): Promise<boolean> {
  return (await readFile(available, "utf8")).trim().split(" ").includes(algorithm);
}
