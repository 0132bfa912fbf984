// Loads and removes the scavenger, a TCP congestion control in BPF (scavenger/README.md). The kernel keeps it after the program that loaded
// it has ended, for all network namespaces of the machine, and closes no connection when it is removed.
import { readFile } from "node:fs/promises";
import type { Run } from "./namespace.ts";

const available = "/proc/sys/net/ipv4/tcp_available_congestion_control";

type Names = {
  /** What sockets ask for: "scavenger". */
  readonly algorithm: string;
  /** The same with a digest of the sources, which the kernel shows. */
  readonly operations: string;
};

/**
 * Registers the congestion control of a BPF object, in place of another version of it. Does nothing if this version is registered.
 * Needs bpftool, and CAP_BPF, CAP_PERFMON, CAP_NET_ADMIN and CAP_SYS_ADMIN in the machine's own user namespace.
 * @returns what sockets ask for
 * @throws CommandError if bpftool is missing or the kernel refuses; Error if the kernel does not list it afterwards
 */
export async function loadScavenger(run: Run, object: string): Promise<string> {
  const { algorithm, operations } = await namesIn(object);
  const found = await registered(run, algorithm);
  if (!found.includes(operations)) {
    for (const old of found) await unregister(run, old);
    await run("bpftool", ["struct_ops", "register", object]);
  }
  if (!(await isAvailable(algorithm)))
    throw new Error(`the kernel registered ${operations}, but lists no ${algorithm}`);
  return algorithm;
}

/** Connections that use it keep it until they end. Returns what was removed; empty if there was nothing. */
export async function removeScavenger(run: Run, object: string): Promise<string[]> {
  const { algorithm } = await namesIn(object);
  const found = await registered(run, algorithm);
  for (const operations of found) await unregister(run, operations);
  return found.map((operations) => `TCP congestion control ${algorithm} (${operations})`);
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
