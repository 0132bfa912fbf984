// Removes everything of Expedite's from a network namespace, and returns what was removed. It needs no program, because the fixed handle
// and the table identify it.
import { handle, table } from "../render/node/node-program.ts";
import type { Run } from "./namespace.ts";
import { chainOf, parseUndoRecord } from "./nft.ts";
import { hasPodChain } from "./pod-chain.ts";
import { isAbsent, listTable } from "./queue.ts";
import { readReflectTos, writeReflectTos } from "./reflect-tos.ts";
import { deleteRoot } from "./tc.ts";

/** Removes every link of the namespace. Empty if there was nothing. */
export async function remove(run: Run): Promise<string[]> {
  const devices = await ourDevices(run);
  const shared = await removeShared(run, devices);
  const roots: string[] = [];
  for (const device of devices) roots.push(...(await removeRoot(run, device)));
  return [...shared, ...roots];
}

/** Removes one link. What the links of a namespace share goes with the last of them, unless the namespace's pod is also marked. */
export async function removeDevice(run: Run, device: string): Promise<string[]> {
  const devices = await ourDevices(run);
  const isLast = devices.every((other) => other === device) && !hasPodChain((await listTable(run, ["-t"])) ?? "");
  const removed = isLast ? await removeShared(run, devices) : await removeChain(run, device);
  return devices.includes(device) ? [...removed, ...(await removeRoot(run, device))] : removed;
}

/** Devices whose root qdisc has Expedite's handle. */
export async function ourDevices(run: Run): Promise<string[]> {
  type Listed = { readonly dev: string; readonly kind: string; readonly handle: string; readonly root?: boolean };
  const qdiscs = JSON.parse(await run("tc", ["-j", "qdisc", "show"])) as readonly Listed[];
  return qdiscs.flatMap((qdisc) =>
    qdisc.root === true && qdisc.kind === "htb" && qdisc.handle === handle ? [qdisc.dev] : [],
  );
}

async function removeRoot(run: Run, device: string): Promise<string[]> {
  await run("tc", deleteRoot(device).split(" "));
  return [`qdisc htb ${handle} of ${device}`];
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
async function removeShared(run: Run, devices: readonly string[]): Promise<string[]> {
  const removed: string[] = [];
  const listing = await listTable(run, ["-t"]);
  // Someone flushed the rules, and the record with them: then the previous value was the kernel's default.
  const recorded = parseUndoRecord(listing ?? "") ?? (devices.length > 0 ? "0" : undefined);
  if (recorded !== undefined && recorded !== (await readReflectTos(run))) {
    await writeReflectTos(run, recorded);
    removed.push(`net.ipv4.tcp_reflect_tos (back to ${recorded})`);
  }
  if (listing !== undefined) {
    await run("nft", ["delete", "table", "inet", table]);
    removed.push(`nft table inet ${table}`);
  }
  return removed;
}
