// Removes everything of Expedite's from a network namespace, and returns what was removed. It needs no program, because the fixed handle
// and the table identify it.
import { handle, table } from "../render/node/node-program.ts";
import { removeYielding } from "./apply-yielding.ts";
import { isAbsent, type Run } from "./namespace.ts";
import { chainOf, parseUndoRecord } from "./nft.ts";
import { hasPodChain } from "./pod-chain.ts";
import { ourDevices } from "./read-namespace.ts";
import { readReflectTos, writeReflectTos } from "./reflect-tos.ts";
import { type Command, outputOf, runAll } from "./run-all.ts";
import { deleteRoot, parseQdiscs } from "./tc.ts";
import { hasYieldChain, ownRules } from "./yielding.ts";

/** What identifies Expedite's parts. */
type Traces = {
  readonly devices: readonly string[];
  /** The table as text, which has the record of the sysctl; undefined if there is none. */
  readonly listing: string | undefined;
  readonly reflectTos: string;
  /** Whether connections have a congestion control from here. */
  readonly yields: boolean;
};

/** Removes every link of the namespace, and what its connections' congestion control is chosen by. Empty if there was nothing. */
export async function remove(run: Run): Promise<string[]> {
  const traces = await readTraces(run);
  const yielding = traces.yields ? await removeYielding(run) : [];
  const shared = await removeShared(run, traces);
  return [...yielding, ...shared, ...(await removeRoots(run, traces.devices))];
}

/** Removes one link. What the links of a namespace share goes with the last of them, unless the namespace's pod is also marked. */
export async function removeDevice(run: Run, device: string): Promise<string[]> {
  const traces = await readTraces(run);
  const isLast = traces.devices.every((other) => other === device) && !hasPodChain(traces.listing ?? "");
  const removed = isLast ? await removeShared(run, traces) : await removeChain(run, device);
  return [
    ...removed,
    ...(await removeRoots(
      run,
      traces.devices.filter((other) => other === device),
    )),
  ];
}

async function readTraces(run: Run): Promise<Traces> {
  const listTable: Command = ["nft", "-t", "list", "table", "inet", table];
  const [reflectTos, listing, qdiscs, rules] = await runAll(run, [
    readReflectTos(),
    listTable,
    ["tc", "-j", "qdisc", "show"],
    ["ip", "-j", "rule", "show"],
  ]);
  const text = isAbsent(listing) ? undefined : outputOf(listing);
  return {
    yields: hasYieldChain(text ?? "") || (typeof rules === "string" && ownRules(rules).length > 0),
    devices: ourDevices({ qdiscs: parseQdiscs(outputOf(qdiscs)) }),
    listing: text,
    reflectTos: outputOf(reflectTos),
  };
}

async function removeRoots(run: Run, devices: readonly string[]): Promise<string[]> {
  for (const device of devices) await run("tc", deleteRoot(device).split(" "));
  return devices.map((device) => `qdisc htb ${handle} of ${device}`);
}

async function removeChain(run: Run, device: string): Promise<string[]> {
  try {
    await run("nft", ["delete", "chain", "inet", table, chainOf(device)]);
    return [`nft chain of ${device}`];
  } catch (error) {
    if (isAbsent(error)) return [];
    throw error;
  }
}

/** The sysctl before the table, because the record of its previous value goes with the table. */
async function removeShared(run: Run, { devices, listing, reflectTos }: Traces): Promise<string[]> {
  const removed: string[] = [];
  // Someone flushed the rules, and the record with them: then the previous value was the kernel's default.
  const recorded = parseUndoRecord(listing ?? "") ?? (devices.length > 0 ? "0" : undefined);
  if (recorded !== undefined && recorded !== reflectTos) {
    outputOf((await runAll(run, [writeReflectTos(recorded)]))[0]);
    removed.push(`net.ipv4.tcp_reflect_tos (back to ${recorded})`);
  }
  if (listing !== undefined) {
    await run("nft", ["delete", "table", "inet", table]);
    removed.push(`nft table inet ${table}`);
  }
  return removed;
}
