// Gives a pod's connections of some levels their congestion control in its network namespace: reads what is there, changes only what
// differs, reads it back, and removes it again.
import type { Inactive } from "../core/link-state.ts";
import { table } from "../render/node/node-program.ts";
import { isAbsent, type Run } from "./namespace.ts";
import { readTcpSetting, writeTcpSetting } from "./reflect-tos.ts";
import { type Command, type Output, outputOf, runAll } from "./run-all.ts";
import {
  dscpRules,
  type Family,
  families,
  fwmarkAcceptBefore,
  hasForeignMark,
  hasYieldChain,
  hasYieldRules,
  ownRules,
  type Routes,
  routesOf,
  rulesOf,
  type YieldProgram,
  yieldTable,
  yieldTransaction,
} from "./yielding.ts";

const setting = "tcp_fwmark_accept";

type FamilyState = { readonly rules: string; readonly routes: Routes };

type State = {
  readonly table: string | undefined;
  /** "0" or "1". */
  readonly fwmarkAccept: string;
  /** A family that the kernel lacks is missing. */
  readonly families: ReadonlyMap<Family, FamilyState>;
};

/** What a reconcile has read already: Expedite's table as nft's JSON, and perhaps the rest. */
export type TableRead = {
  /** Undefined if there is none. */
  readonly listing: string | undefined;
  /** Whether nothing was changed since. */
  readonly isCurrent: boolean;
  /** Of yieldCommands. */
  readonly outputs?: readonly Output[];
};

/** These read what leads to the routes, beside the table. */
export const yieldCommands: readonly Command[] = [
  readTcpSetting(setting),
  ["ip", "-j", "route", "show", "table", "all"],
  ...families.map((family): Command => ["ip", "-j", family, "rule", "show"]),
];

/**
 * As wanted, or gone. `table` tells whether anything is there.
 * @throws CommandError
 */
export async function bringYielding(
  run: Run,
  wanted: YieldProgram | undefined,
  table: TableRead,
): Promise<{ readonly changed: readonly string[]; readonly removed: readonly string[] } | Inactive> {
  if (wanted === undefined)
    return { changed: [], removed: hasYieldChain(table.listing ?? "") ? await removeYielding(run) : [] };
  const applied = await applyYielding(run, wanted, table);
  return "reason" in applied ? applied : { ...applied, removed: [] };
}

/** What `bringYielding` would change; nothing is changed. */
export async function planYielding(
  ...[run, wanted, table]: Parameters<typeof bringYielding>
): ReturnType<typeof bringYielding> {
  if (wanted === undefined)
    return { changed: [], removed: hasYieldChain(table.listing ?? "") ? ["routes of connections that yield"] : [] };
  const state = await read(run, wanted.algorithm, table);
  // A table that is missing is made first.
  const reason = obstacle({ ...state, table: state.table ?? "" });
  return reason === undefined
    ? { changed: left(wanted, state), removed: [] }
    : { reason: "RoutesUnsupported", problem: reason };
}

/** @returns what was changed, or why it cannot be done here. @throws CommandError */
export async function applyYielding(
  run: Run,
  program: YieldProgram,
  known?: TableRead,
): Promise<{ readonly changed: readonly string[] } | Inactive> {
  const state = await read(run, program.algorithm, known);
  const reason = obstacle(state);
  if (reason !== undefined) return { reason: "RoutesUnsupported", problem: reason };
  const changed = left(program, state);
  if (changed.length === 0) return { changed };
  await write(run, program, state);
  const still = left(program, await read(run, program.algorithm));
  if (still.length > 0) throw new Error(`set, but these read back differently: ${still.join(", ")}`);
  return { changed };
}

/** @returns what was removed; empty if there was nothing */
export async function removeYielding(run: Run): Promise<readonly string[]> {
  const state = await read(run, "");
  const before = fwmarkAcceptBefore(state.table);
  const removed: string[] = [];
  for (const [family, { rules, routes }] of state.families) {
    const lines = [
      ...ownRules(rules).map(deleteRule),
      ...(routes.found.length === 0 ? [] : [`route flush table ${yieldTable}`]),
    ];
    if (lines.length === 0) continue;
    await run("ip", [family, "-batch", "-"], lines.join("\n"));
    removed.push(`routes of connections that yield (IPv${family.slice(1)})`);
  }
  // The chain last: it is the record of what was there before.
  if (before !== undefined) {
    if (before !== state.fwmarkAccept) {
      outputOf((await runAll(run, [writeTcpSetting(setting, before)]))[0]);
      removed.push(`net.ipv4.${setting} (back to ${before})`);
    }
    await run("nft", ["delete", "chain", "inet", table, "yields"]);
    removed.push("nft chain of connections that yield");
  }
  return removed;
}

/** `known`: what saves reading the table once more. */
async function read(run: Run, algorithm: string, known?: TableRead): Promise<State> {
  const isKnown = known?.isCurrent === true;
  const before = known?.outputs ?? [];
  const commands: Command[] = [
    ...(before.length === 0 ? yieldCommands : []),
    ...(isKnown ? [] : [["nft", "-j", "list", "table", "inet", table] as const]),
  ];
  const outputs = [...before, ...(commands.length === 0 ? [] : await runAll(run, commands))];
  const [fwmarkAccept, routes, ...others] = outputs;
  const listing = others[families.length];
  return {
    fwmarkAccept: outputOf(fwmarkAccept),
    table: isKnown ? known.listing : isAbsent(listing) ? undefined : outputOf(listing),
    families: new Map(
      families.flatMap((family, index) => familyState(others[index]!, outputOf(routes), { family, algorithm })),
    ),
  };
}

/** Without IPv6 in the kernel, its rules cannot be listed. */
function familyState(
  rules: Output,
  routes: string,
  { family, algorithm }: { readonly family: Family; readonly algorithm: string },
): readonly (readonly [Family, FamilyState])[] {
  if (typeof rules !== "string" && family === "-6") return [];
  return [[family, { rules: outputOf(rules), routes: routesOf(routes, family, algorithm) }]];
}

function obstacle(state: State): string | undefined {
  if (state.table === undefined) return "the pod's nft table is missing";
  for (const { rules, routes } of state.families.values()) {
    if (routes.problem !== undefined) return routes.problem;
    if (hasForeignMark(rules)) return "another program leads packets by their mark (ip rule show)";
  }
  return undefined;
}

/** What differs, for readers. */
function left(program: YieldProgram, state: State): readonly string[] {
  const differs = [...state.families].filter(
    ([, { rules, routes }]) =>
      String(ownRules(rules)) !== String(wantedRules(program, routes).map(({ priority }) => priority)) ||
      !isSame(routes.wanted, routes.found),
  );
  return [
    ...(hasYieldRules(program, state.table) ? [] : ["nft chain of connections that yield"]),
    ...differs.map(([family]) => `routes of connections that yield (IPv${family.slice(1)})`),
    ...(state.fwmarkAccept === "1" ? [] : [`net.ipv4.${setting}`]),
  ];
}

/** A family without routes needs no rules. */
function wantedRules(program: YieldProgram, { wanted }: Routes): ReturnType<typeof rulesOf> {
  return wanted.length === 0 ? [] : rulesOf(program);
}

const isSame = (wanted: readonly string[], found: readonly string[]): boolean =>
  JSON.stringify(wanted.toSorted()) === JSON.stringify(found.toSorted());

async function write(run: Run, program: YieldProgram, state: State): Promise<void> {
  if (!hasYieldRules(program, state.table)) {
    // If somebody flushed the rules, Expedite set the 1, and the previous value was the kernel's default.
    const isOurs = [...state.families.values()].some(({ rules }) => ownRules(rules).length > 0);
    const before = fwmarkAcceptBefore(state.table) ?? (isOurs ? "0" : state.fwmarkAccept);
    await run("nft", ["-f", "-"], yieldTransaction(program, before));
  }
  for (const [family, { rules, routes }] of state.families) {
    await writeRoutes(run, family, routes);
    await writeRules(run, family, { found: ownRules(rules), wanted: wantedRules(program, routes) });
  }
  if (state.fwmarkAccept !== "1") outputOf((await runAll(run, [writeTcpSetting(setting, "1")]))[0]);
}

/** With the table, because others may have a rule of the same priority. */
const deleteRule = (priority: number): string => `rule del priority ${priority} lookup ${yieldTable}`;

/** While the table is empty, the rules lead on to the main one. */
async function writeRoutes(run: Run, family: Family, { wanted, found }: Routes): Promise<void> {
  if (isSame(wanted, found)) return;
  const lines = [
    ...(found.length === 0 ? [] : [`route flush table ${yieldTable}`]),
    ...wanted.map((words) => `route add table ${yieldTable} ${words}`),
  ];
  await run("ip", [family, "-batch", "-"], lines.join("\n"));
}

async function writeRules(
  run: Run,
  family: Family,
  { found, wanted }: { readonly found: readonly number[]; readonly wanted: ReturnType<typeof rulesOf> },
): Promise<void> {
  const missing = wanted.filter(({ priority }) => !found.includes(priority));
  const lines = [
    ...found.filter((priority) => !wanted.some((rule) => rule.priority === priority)).map(deleteRule),
    ...missing.flatMap(({ priority, words }) =>
      words === undefined ? [] : [`rule add priority ${priority} ${words} lookup ${yieldTable}`],
    ),
  ];
  if (lines.length > 0) await run("ip", [family, "-batch", "-"], lines.join("\n"));
  const byDscp = missing.filter(({ words }) => words === undefined);
  if (byDscp.length > 0) await run("ip", [family, "rule", "restore"], dscpRules(family, byDscp));
}
