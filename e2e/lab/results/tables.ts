// Makes the tables for terminal and report.

import { bytes, none, percent, rate, share, short } from "../../measure/format.ts";
import type { Cell } from "../../measure/text-table.ts";
import { baselineOf } from "../arms.ts";
import { names, type RequestClass } from "../classes.ts";
import { joinsOf } from "../observe/joins.ts";
import type { Conditions, Results } from "./results.ts";
import type { Estimate } from "./statistics.ts";
import { quantileNames, type Row } from "./summary.ts";

export interface Table {
  readonly header: readonly string[];
  readonly rows: readonly (readonly Cell[])[];
}

const missing: Cell = { text: none, style: "dim" };

function cell(estimate: Estimate | null | undefined, write: (value: number) => string): Cell {
  if (estimate === null || estimate === undefined) return missing;
  return { text: write(estimate.value), note: `${write(estimate.low)}–${write(estimate.high)}` };
}

const titles = { p50: "p50", p90: "p90", p99: "p99", p999: "p99.9" } as const;

/** A row's label: its arm, and the class that was sent alone, if any. */
function label({ arm, played, cpuBound }: Row): Cell {
  const text = `${arm}${played === "mixed" ? "" : " alone"}${cpuBound ? " (cpu-bound)" : ""}`;
  return cpuBound ? { text, style: "yellow" } : played === "mixed" ? { text, style: "bold" } : { text };
}

/** Latencies of one class at one rate, next to each arm's gain over the baseline. */
export function latencyTable(results: Results, rps: number, name: RequestClass): Table {
  const rows = results.rows.filter((row) => row.rps === rps && row.class === name);
  const versus = name === "ls" ? ["gain p50", "gain p99", "η p50", "η p99"] : ["change p50", "change p99"];
  // The far tail needs ten thousand requests; without them, its column is left out.
  const shown = quantileNames.filter((q) => q !== "p999" || rows.some((row) => row.latency[q] !== null));
  return {
    header: [`${names[name]}, ms`, ...shown.map((q) => titles[q]), ...versus, "n"],
    rows: rows.map((row) => {
      const found = results.comparisons.find((one) => one.arm === row.arm && one.rps === rps);
      const against = row.played === "mixed" && row.arm !== baselineOf(row.arm) ? found : undefined;
      const gains =
        name === "ls"
          ? [
              cell(against?.gain.p50, short),
              cell(against?.gain.p99, short),
              cell(against?.eta.p50, short),
              cell(against?.eta.p99, short),
            ]
          : [cell(against?.batchChange.p50, percent), cell(against?.batchChange.p99, percent)];
      return [label(row), ...shown.map((q) => cell(row.latency[q], short)), ...gains, { text: `${row.n}` }];
    }),
  };
}

/** A count, in red if it should be zero and is not. */
const count = (value: number, bad: boolean): Cell =>
  bad && value > 0 ? { text: `${value}`, style: "red" } : { text: `${value}` };

const errorsOf = (results: Results, arm: string, rps: number): number =>
  results.rows.reduce((sum, row) => sum + (row.arm === arm && row.rps === rps ? row.errors : 0), 0);

/** A row for each arm that ran at this rate, made from its points with both classes. */
function perArm(results: Results, rps: number, cells: (of: readonly Conditions[]) => readonly Cell[]): Table["rows"] {
  const mixed = results.conditions.filter((one) => one.rps === rps && one.played === "mixed");
  return results.arms.flatMap(({ name }) => {
    const of = mixed.filter((one) => one.arm === name);
    return of.length === 0 ? [] : [[{ text: name, style: "bold" as const }, ...cells(of)]];
  });
}

/** Where ratings has workers: how many answers came within the measured seconds, and how many requests were at ratings at once. */
export function answersTable(results: Results, rps: number): Table {
  const { profile, options, points, visits } = results;
  const header = ["answers per second", names.ls, names.batch, "batch, of mesh's", "most at once at ratings"];
  if (profile.work === undefined) return { header, rows: [] };
  const answered = (arm: string, name: RequestClass): number =>
    points
      .filter((one) => one.arm === arm && one.rps === rps && one.class === name && !one.alone)
      .reduce((sum, one) => sum + one.answered, 0);
  return {
    header,
    rows: perArm(results, rps, ([first]) => {
      const arm = first?.arm ?? "";
      const perSecond = (name: RequestClass): Cell => ({
        text: short(answered(arm, name) / options.repeats / options.duration),
      });
      const baseline = answered(baselineOf(arm), "batch");
      const ratio = baseline === 0 ? missing : { text: `${((answered(arm, "batch") / baseline) * 100).toFixed(1)} %` };
      const atOnce = Math.max(...visits.filter((visit) => visit.arm === arm).map((visit) => visit.atOnce));
      return [perSecond("ls"), perSecond("batch"), ratio, { text: `${atOnce}` }];
    }),
  };
}

/** IP bytes across the bottleneck by DSCP, with both classes, over all repeats; and errors. */
export function linkTable(results: Results, rps: number): Table {
  const isCopied = results.conditions.some(({ copied }) => copied !== undefined);
  return {
    header: [
      ...["bottleneck", "responses DF", "responses CS1", "requests DF", "requests CS1"],
      ...(isCopied ? ["backup"] : []),
      "errors",
    ],
    rows: perArm(results, rps, (of) => {
      const sum = (side: "sent" | "received", name: RequestClass): Cell => ({
        text: bytes(of.reduce((total, one) => total + one.link[side][name].bytes, 0)),
      });
      const errors = count(errorsOf(results, of[0]?.arm ?? "", rps), true);
      const copy = isCopied ? [backupCell(results, of)] : [];
      return [
        sum("sent", "ls"),
        sum("sent", "batch"),
        sum("received", "ls"),
        sum("received", "batch"),
        ...copy,
        errors,
      ];
    }),
  };
}

/** Payload of a full packet over its bytes on Ethernet, as the bottleneck counts them. */
const payload = 1448 / 1514;

/** What the backup got, and as a share of what the classes' responses leave of the link. */
function backupCell({ profile }: Results, of: readonly Conditions[]): Cell {
  const copied = of.reduce((sum, one) => sum + (one.copied ?? 0), 0) / of.length;
  if (copied === 0) return missing;
  const rest = profile.bottleneck * (payload - (of[0]?.rho ?? 0));
  return { text: rate(Math.round(copied / 1e5) * 1e5), note: `${share(copied / rest)} of the rest` };
}

/** How busy the machine was, in shares of one core, with both classes: means over the repeats. */
export function cpuTable(results: Results, rps: number): Table {
  const groups = ["envoys", "apps", "load"] as const;
  return {
    header: ["CPU, of one core", ...groups, "all else", "busiest core"],
    rows: perArm(results, rps, (of) => {
      const mean = (value: (one: Conditions) => number): number =>
        of.reduce((total, one) => total + value(one), 0) / of.length;
      const shares = groups.map((group) => mean(({ cpu }) => cpu.groups[group] ?? 0));
      const rest = mean(({ cpu }) => cpu.machine) - shares.reduce((sum, one) => sum + one, 0);
      const busiest = Math.max(...of.map(({ cpu }) => cpu.busiestCore));
      return [...shares, Math.max(0, rest), busiest].map((value) => ({ text: share(value) }));
    }),
  };
}

/** Whether levels arrived where they belong: calls joined to their cause, and wrong levels. */
export function levelTable(results: Results): Table {
  const arms = results.arms.filter((arm) => arm.levels && arm.skipped === undefined);
  return {
    header: ["levels", "calls", "joins", "missed", "ambiguous", "wrong levels"],
    rows: arms.map((arm) => {
      const joins = joinsOf(results.visits, arm.name);
      const wrong = results.rows.reduce((sum, row) => sum + (row.arm === arm.name ? row.wrongLevels : 0), 0);
      return [
        { text: arm.name, style: "bold" as const },
        count(joins.calls, false),
        count(joins.found, false),
        count(joins.missed, false),
        count(joins.ambiguous, true),
        count(wrong, true),
      ];
    }),
  };
}

/** The upper bound of a gain at p50: the baseline's p50 over the unloaded p50. */
export const boundOf = (results: Results, rps: number): Estimate | null =>
  results.comparisons.find((one) => one.rps === rps)?.bound ?? null;
