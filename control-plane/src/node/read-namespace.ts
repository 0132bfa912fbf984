// Reads by one process what orders the queues of a network namespace: devices, qdiscs, classes, rules, sysctl. Changes nothing.
import { handle, type NodeProgram, table } from "../render/node/node-program.ts";
import { type Device, type FoundDevice, findDevice } from "./device.ts";
import { CommandError, isAbsent, type Run } from "./namespace.ts";
import { readReflectTos } from "./reflect-tos.ts";
import { type Command, outputOf, runAll } from "./run-all.ts";
import { type DeviceQdisc, type HtbClass, parseClasses, parseQdiscs } from "./tc.ts";

export type NamespaceState = {
  /** "0" or "1". */
  readonly reflectTos: string;
  /** Expedite's table as nft's JSON; undefined if there is none. */
  readonly table: string | undefined;
  readonly qdiscs: readonly DeviceQdisc[];
  /** The device of each program, in order. */
  readonly found: readonly FoundDevice[];
  /** Those of the devices whose root is Expedite's, if programs are asked for. */
  readonly classes: ReadonlyMap<string, readonly HtbClass[]>;
};

const listRules: Command = ["nft", "-j", "list", "table", "inet", table];
const listQdiscs: Command = ["tc", "-j", "qdisc", "show"];
const listDevices: Command = ["ip", "-j", "link", "show"];
const listDefaultRoutes = (family: "-4" | "-6"): Command => ["ip", "-j", family, "route", "show", "default"];
const listClasses = (device: string): Command => ["tc", "-d", "-s", "class", "show", "dev", device];

type ReadOptions = {
  /** Where the links were before, if that is known. It saves a process, and nothing depends on it. */
  readonly devices?: readonly string[];
  /** Where the links are, if that was read just now. */
  readonly found?: readonly FoundDevice[];
  /** Commands to be run before by the same process. */
  readonly first?: readonly Command[];
};

/**
 * `programs`: those of the namespace's links. `first`: the outputs of the commands that were run before.
 * @throws CommandError
 */
export async function readNamespace(
  run: Run,
  programs: readonly NodeProgram[],
  { devices = [], found: known, first = [] }: ReadOptions = {},
): Promise<{ readonly state: NamespaceState; readonly first: readonly string[] }> {
  const places = programs.length === 0 || known !== undefined ? [] : [listDevices, listDefaultRoutes("-4")];
  const commands = [readReflectTos(), listRules, listQdiscs, ...devices.map(listClasses), ...places];
  const results = await runAll(run, [...first, ...commands]);
  const outputs = results.splice(0, first.length).map(outputOf);
  const [reflectTos, rules, qdiscs] = results.splice(0, 3);
  const read = new Map(results.splice(0, devices.length).map((result, index) => [devices[index]!, result]));
  const shared = {
    reflectTos: outputOf(reflectTos),
    table: unlessAbsent(rules),
    qdiscs: parseQdiscs(outputOf(qdiscs)),
  };
  if (programs.length === 0) return { state: { ...shared, found: [], classes: new Map() }, first: outputs };
  const found = known ?? (await findDevices(run, programs, results));
  return { state: { ...shared, found, classes: await classesOf(run, ourDevices(shared), read) }, first: outputs };
}

/** Devices whose root qdisc has Expedite's handle. */
export function ourDevices({ qdiscs }: Pick<NamespaceState, "qdiscs">): string[] {
  return qdiscs.flatMap((qdisc) => (isOurs(qdisc) ? [qdisc.device] : []));
}

function isOurs(qdisc: DeviceQdisc): boolean {
  return qdisc.root && qdisc.kind === "htb" && qdisc.handle === handle;
}

async function findDevices(
  run: Run,
  programs: readonly NodeProgram[],
  [links, routes]: readonly (string | CommandError)[],
): Promise<readonly FoundDevice[]> {
  const devices = JSON.parse(outputOf(links)) as readonly Device[];
  const needsDefault = programs.some(({ device }) => device === undefined);
  const byDefault = needsDefault ? await defaultDevice(run, outputOf(routes)) : undefined;
  return programs.map((program) => findDevice(program, { devices, byDefault }));
}

/** `routes`: those of IPv4. A network may have only IPv6. */
async function defaultDevice(run: Run, routes: string): Promise<string | undefined> {
  return deviceOf(routes) ?? deviceOf(outputOf((await runAll(run, [listDefaultRoutes("-6")]))[0]));
}

function deviceOf(routes: string): string | undefined {
  const entries = JSON.parse(routes || "[]") as readonly { readonly dev?: string }[];
  return entries.find(({ dev }) => dev !== undefined)?.dev;
}

/** `read`: what has already been read, or failed because the device is gone. */
async function classesOf(
  run: Run,
  devices: readonly string[],
  read: ReadonlyMap<string, string | CommandError | undefined>,
): Promise<ReadonlyMap<string, readonly HtbClass[]>> {
  const left = devices.filter((device) => typeof read.get(device) !== "string");
  const results = left.length === 0 ? [] : await runAll(run, left.map(listClasses));
  const all = new Map([...read, ...left.map((device, index) => [device, results[index]] as const)]);
  return new Map(devices.map((device) => [device, parseClasses(outputOf(all.get(device)))]));
}

/** Undefined if there is no table of Expedite's. */
function unlessAbsent(result: string | CommandError | undefined): string | undefined {
  return result instanceof CommandError && isAbsent(result) ? undefined : outputOf(result);
}
