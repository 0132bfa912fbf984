// Reads by one process what orders the queues of a network namespace: devices, qdiscs, classes, rules, sysctl. Changes nothing.
import { handle, type NodeProgram, table } from "../render/node/node-program.ts";
import { recordedConnections } from "./accepted.ts";
import { type Device, type FoundDevice, findDevice } from "./device.ts";
import { CommandError, isAbsent, type Run } from "./namespace.ts";
import { chainDevices } from "./nft.ts";
import { listSockets, readReflectTos } from "./reflect-tos.ts";
import { type Command, type Output, outputOf, runAll } from "./run-all.ts";
import { type DeviceQdisc, type HtbClass, parseClasses, parseQdiscs } from "./tc.ts";

export type NamespaceState = {
  /** "0" or "1". */
  readonly reflectTos: string;
  /** Expedite's table as nft's JSON; undefined if there is none. */
  readonly table: string | undefined;
  /** Of `ss -Htan`, read only where connections are recorded. */
  readonly sockets?: string;
  readonly qdiscs: readonly DeviceQdisc[];
  /** The device of each program, in order. */
  readonly found: readonly FoundDevice[];
  /** Those of the devices whose root is Expedite's, if programs are asked for. */
  readonly classes: ReadonlyMap<string, readonly HtbClass[]>;
};

const listRules: Command = ["nft", "-j", "list", "table", "inet", table];
const listQdiscs: Command = ["tc", "qdisc", "show"];
const listDevices: Command = ["ip", "-j", "link", "show"];
const listDefaultRoutes = (family: "-4" | "-6"): Command => ["ip", "-j", family, "route", "show", "default"];
const listClasses = (device: string): Command => ["tc", "-d", "-s", "class", "show", "dev", device];

type Known = {
  /** Where the links were before, if that is known. It saves a process, and nothing depends on it. */
  readonly devices?: readonly string[];
  /** Where the links are, if that was read just now. */
  readonly found?: readonly FoundDevice[];
};

/** `programs`: those of the namespace's links. */
export function readCommands(programs: readonly NodeProgram[], { devices = [], found }: Known = {}): Command[] {
  return [
    ...[readReflectTos(), listRules, listQdiscs, ...devices.map(listClasses)],
    ...(found === undefined && programs.some(hasName) ? [listDevices] : []),
    ...(found === undefined && !programs.every(hasName) ? [listDefaultRoutes("-4")] : []),
  ];
}

/**
 * `outputs`: those of readCommands with the same arguments. What they leave open is read by a further process.
 * @throws CommandError
 */
export async function stateOf(
  run: Run,
  programs: readonly NodeProgram[],
  { outputs, devices = [], found }: Known & { readonly outputs: readonly Output[] },
): Promise<NamespaceState> {
  const [reflectTos, rules, qdiscs, ...others] = outputs;
  const shared = {
    reflectTos: outputOf(reflectTos),
    table: unlessAbsent(rules),
    qdiscs: parseQdiscs(outputOf(qdiscs)),
    ...(await socketsOf(run, unlessAbsent(rules))),
  };
  if (programs.length === 0) return { ...shared, found: [], classes: new Map() };
  const read = new Map(devices.map((device, index) => [device, others[index]]));
  const places = found ?? (await findDevices(run, programs, others.slice(devices.length)));
  return { ...shared, found: places, classes: await classesOf(run, ourDevices(shared), read) };
}

/** @throws CommandError */
export async function readNamespace(
  run: Run,
  programs: readonly NodeProgram[],
  known: Known = {},
): Promise<NamespaceState> {
  return stateOf(run, programs, { ...known, outputs: await runAll(run, readCommands(programs, known)) });
}

async function socketsOf(run: Run, table: string | undefined): Promise<Pick<NamespaceState, "sockets">> {
  if (recordedConnections(table).length === 0) return {};
  return { sockets: outputOf((await runAll(run, [listSockets]))[0]) };
}

/** Devices whose root qdisc has Expedite's handle. */
export function ourDevices({ qdiscs }: Pick<NamespaceState, "qdiscs">): string[] {
  return qdiscs.flatMap((qdisc) => (isOurs(qdisc) ? [qdisc.device] : []));
}

/** Also those of which only a chain is left, because the device is gone, or has another name or another's root. */
export function tracedDevices(state: Pick<NamespaceState, "qdiscs" | "table">): string[] {
  return [...new Set([...ourDevices(state), ...chainDevices(state.table)])];
}

function isOurs(qdisc: DeviceQdisc): boolean {
  return qdisc.root && qdisc.kind === "htb" && qdisc.handle === handle;
}

/** `outputs`: the last ones of readCommands. */
async function findDevices(
  run: Run,
  programs: readonly NodeProgram[],
  outputs: readonly Output[],
): Promise<readonly FoundDevice[]> {
  const devices = programs.some(hasName) ? (JSON.parse(outputOf(outputs[0])) as readonly Device[]) : [];
  const byDefault = programs.every(hasName) ? undefined : await defaultDevice(run, outputOf(outputs.at(-1)));
  return programs.map((program) => findDevice(program, { devices, byDefault }));
}

function hasName({ device }: NodeProgram): boolean {
  return device !== undefined;
}

/** `routes`: those of IPv4. A network may have only IPv6. */
async function defaultDevice(run: Run, routes: string): Promise<string | undefined> {
  return deviceOf(routes) ?? deviceOf(outputOf((await runAll(run, [listDefaultRoutes("-6")]))[0]));
}

/** A route that refuses packets, such as `unreachable default`, has lo as its device in IPv6. */
function deviceOf(routes: string): string | undefined {
  const entries = JSON.parse(routes || "[]") as readonly { readonly type?: string; readonly dev?: string }[];
  return entries.find(({ type = "unicast", dev }) => type === "unicast" && dev !== undefined)?.dev;
}

/** `read`: what has already been read, or failed because the device is gone. */
async function classesOf(
  run: Run,
  devices: readonly string[],
  read: ReadonlyMap<string, Output | undefined>,
): Promise<ReadonlyMap<string, readonly HtbClass[]>> {
  const left = devices.filter((device) => typeof read.get(device) !== "string");
  const results = left.length === 0 ? [] : await runAll(run, left.map(listClasses));
  const all = new Map([...read, ...left.map((device, index) => [device, results[index]] as const)]);
  return new Map(devices.map((device) => [device, parseClasses(outputOf(all.get(device)))]));
}

/** Undefined if there is no table of Expedite's. */
function unlessAbsent(result: Output | undefined): string | undefined {
  return result instanceof CommandError && isAbsent(result) ? undefined : outputOf(result);
}
