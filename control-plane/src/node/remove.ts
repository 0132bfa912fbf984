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

type Step = {
  /** What is removed, in words. */
  readonly what: string;
  readonly run: () => Promise<unknown>;
};

/** Removes every link of the namespace, and what its connections' congestion control is chosen by. Empty if there was nothing. */
export async function remove(run: Run): Promise<string[]> {
  return done(steps(run, await readTraces(run)));
}

/** Removes one link. What the links of a namespace share goes with the last of them, unless the namespace's pod is also marked. */
export async function removeDevice(run: Run, device: string): Promise<string[]> {
  return done(stepsOfDevice(run, device, await readTraces(run)));
}

/** What `remove` would remove. */
export async function wouldRemove(run: Run): Promise<string[]> {
  return steps(run, await readTraces(run)).map(({ what }) => what);
}

/** What `removeDevice` would remove. */
export async function wouldRemoveDevice(run: Run, device: string): Promise<string[]> {
  return stepsOfDevice(run, device, await readTraces(run)).map(({ what }) => what);
}

async function done(steps: readonly Step[]): Promise<string[]> {
  for (const step of steps) await step.run();
  return steps.map(({ what }) => what);
}

function steps(run: Run, traces: Traces): Step[] {
  const yielding = { what: "routes of connections that yield", run: () => removeYielding(run) };
  return [...(traces.yields ? [yielding] : []), ...rootSteps(run, traces.devices), ...sharedSteps(run, traces)];
}

function stepsOfDevice(run: Run, device: string, traces: Traces): Step[] {
  const isLast = traces.devices.every((other) => other === device) && !hasPodChain(traces.listing ?? "");
  const roots = traces.devices.filter((other) => other === device);
  return [...rootSteps(run, roots), ...(isLast ? sharedSteps(run, traces) : chainSteps(run, device, traces))];
}

async function readTraces(run: Run): Promise<Traces> {
  const listTable: Command = ["nft", "-t", "list", "table", "inet", table];
  const [reflectTos, listing, qdiscs, rules] = await runAll(run, [
    readReflectTos(),
    listTable,
    ["tc", "qdisc", "show"],
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

function rootSteps(run: Run, devices: readonly string[]): Step[] {
  return devices.map((device) => ({
    what: `qdisc htb ${handle} of ${device}`,
    run: () => run("tc", deleteRoot(device).split(" ")),
  }));
}

function chainSteps(run: Run, device: string, { listing = "" }: Traces): Step[] {
  const chain = chainOf(device);
  if (!listing.split("\n").some((line) => line.trim() === `chain ${chain} {`)) return [];
  return [{ what: `nft chain of ${device}`, run: () => run("nft", ["delete", "chain", "inet", table, chain]) }];
}

/** Last, and the sysctl before the table, because the record of its previous value goes with the table. */
function sharedSteps(run: Run, { devices, listing, reflectTos }: Traces): Step[] {
  const steps: Step[] = [];
  // Someone flushed the rules, and the record with them: then the previous value was the kernel's default.
  const recorded = parseUndoRecord(listing ?? "") ?? (devices.length > 0 ? "0" : undefined);
  if (recorded !== undefined && recorded !== reflectTos)
    steps.push({
      what: `net.ipv4.tcp_reflect_tos (back to ${recorded})`,
      run: async () => outputOf((await runAll(run, [writeReflectTos(recorded)]))[0]),
    });
  if (listing !== undefined)
    steps.push({ what: `nft table inet ${table}`, run: () => run("nft", ["delete", "table", "inet", table]) });
  return steps;
}
