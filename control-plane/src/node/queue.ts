// In: a network namespace and a device. Out: what orders its queue now: qdiscs, classes, rules, sysctl. Changes nothing.
import { table } from "../render/node/node-program.ts";
import { CommandError, type Run } from "./namespace.ts";
import { parseRules, parseUndoRecord, type Rule } from "./nft.ts";
import { readReflectTos } from "./reflect-tos.ts";
import { type HtbClass, parseClasses, parseQdiscs, type Qdisc } from "./tc.ts";

export type Queue = {
  readonly root: Qdisc | undefined;
  readonly leaves: readonly Qdisc[];
  readonly classes: readonly HtbClass[];
  /** Undefined: no chain of ours for the device, or not one that we would make. */
  readonly rules: readonly Rule[] | undefined;
  /** What tcp_reflect_tos was before us; undefined: not recorded. */
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

/** Undefined where there is no table of ours. */
export async function listTable(run: Run, options: readonly string[]): Promise<string | undefined> {
  try {
    return await run("nft", [...options, "list", "table", "inet", table]);
  } catch (error) {
    if (isAbsent(error)) return undefined;
    throw error;
  }
}

/** nft's own word that a table or chain is not there; not nsenter's that nft is not. */
export function isAbsent(error: unknown): boolean {
  return error instanceof CommandError && error.stderr.startsWith("Error: No such file or directory");
}
