// Reads what currently orders a device's queue in a network namespace: qdiscs, classes, rules, sysctl. Changes nothing.
import { table } from "../render/node/node-program.ts";
import { CommandError, type Run } from "./namespace.ts";
import { parseRules, parseUndoRecord } from "./nft.ts";
import { readReflectTos } from "./reflect-tos.ts";
import { type HtbClass, parseClasses, parseQdiscs, type Qdisc } from "./tc.ts";

export type Queue = {
  readonly root: Qdisc | undefined;
  readonly leaves: readonly Qdisc[];
  readonly classes: readonly HtbClass[];
  /** Undefined if the device has no chain of Expedite's, or one that it would not make. */
  readonly rules: readonly string[] | undefined;
  /** The value of tcp_reflect_tos before Expedite; undefined if it is not recorded. */
  readonly undoRecord: string | undefined;
  readonly reflectTos: string;
};

export async function readQueue(run: Run, device: string): Promise<Queue> {
  const qdiscs = parseQdiscs(await run("tc", ["-j", "qdisc", "show", "dev", device]));
  const classes = parseClasses(await run("tc", ["-d", "-s", "class", "show", "dev", device]));
  const json = await listTable(run, ["-j"]);
  return {
    root: qdiscs.find((qdisc) => qdisc.root),
    leaves: qdiscs.filter((qdisc) => qdisc.parent !== undefined),
    classes,
    rules: json === undefined ? undefined : parseRules(json, device),
    undoRecord: parseUndoRecord((await listTable(run, ["-t"])) ?? ""),
    reflectTos: await readReflectTos(run),
  };
}

/** Undefined if there is no table of Expedite's. */
export async function listTable(run: Run, options: readonly string[]): Promise<string | undefined> {
  try {
    return await run("nft", [...options, "list", "table", "inet", table]);
  } catch (error) {
    if (isAbsent(error)) return undefined;
    throw error;
  }
}

/** nft's own message that a table or chain does not exist, rather than nsenter's that nft does not. */
export function isAbsent(error: unknown): boolean {
  return error instanceof CommandError && error.stderr.startsWith("Error: No such file or directory");
}
