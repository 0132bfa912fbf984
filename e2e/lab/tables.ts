// The tables that terminal and report show: results enter, headers and cells leave.
import { baselineArm } from "./arms.ts";
import { names, type RequestClass } from "./classes.ts";
import { bytes, none, percent, share, short } from "./format.ts";
import { joinsOf } from "./joins.ts";
import type { Results } from "./results.ts";
import type { Estimate } from "./statistics.ts";
import { quantileNames, type Row } from "./summary.ts";
import type { Cell } from "./text-table.ts";

export interface Table {
  readonly header: readonly string[];
  readonly rows: readonly (readonly Cell[])[];
}

const missing: Cell = { text: none, style: "dim" };

function cell(estimate: Estimate | null | undefined, write: (value: number) => string): Cell {
  if (estimate === null || estimate === undefined) return missing;
  return { text: write(estimate.value), note: `${write(estimate.low)}–${write(estimate.high)}` };
}

const times = (value: number): string => `${short(value)} ×`;

/** What a table calls a row: its arm, and what played alone. */
function label({ arm, played, cpuBound }: Row): Cell {
  const text = `${arm}${played === "mixed" ? "" : " alone"}${cpuBound ? " (cpu-bound)" : ""}`;
  return cpuBound ? { text, style: "yellow" } : played === "mixed" ? { text, style: "bold" } : { text };
}

/** Latencies of one class at one rate; beside them what each arm gains against the baseline. */
export function latencyTable(results: Results, rps: number, name: RequestClass): Table {
  const rows = results.rows.filter((row) => row.rps === rps && row.class === name);
  const versus = name === "ls" ? ["gain p50", "gain p99", "η p50", "η p99"] : ["change p50", "change p99"];
  return {
    header: [`${names[name]}, ms`, "p50", "p90", "p99", "p99.9", ...versus, "n", "errors"],
    rows: rows.map((row) => {
      const found = results.comparisons.find((one) => one.arm === row.arm && one.rps === rps);
      const against = row.played === "mixed" && row.arm !== baselineArm ? found : undefined;
      const gains =
        name === "ls"
          ? [
              cell(against?.gain.p50, times),
              cell(against?.gain.p99, times),
              cell(against?.eta.p50, short),
              cell(against?.eta.p99, short),
            ]
          : [cell(against?.batchChange.p50, percent), cell(against?.batchChange.p99, percent)];
      const errors: Cell = row.errors === 0 ? { text: "0" } : { text: `${row.errors}`, style: "red" };
      return [
        label(row),
        ...quantileNames.map((q) => cell(row.latency[q], short)),
        ...gains,
        { text: `${row.n}` },
        errors,
      ];
    }),
  };
}

/** What crossed the bottleneck by DSCP, and how busy the machine was: both classes playing, all repeats. */
export function linkTable(results: Results, rps: number): Table {
  const arms = results.arms.filter((arm) => arm.skipped === undefined);
  return {
    header: [
      "bottleneck",
      "responses DF",
      "responses CS1",
      "requests DF",
      "requests CS1",
      "busiest core",
      "envoys",
      "apps",
      "load",
    ],
    rows: arms.flatMap((arm) => {
      const of = results.conditions.filter((one) => one.arm === arm.name && one.rps === rps && one.played === "mixed");
      if (of.length === 0) return [];
      const sum = (side: "sent" | "received", name: RequestClass): Cell => ({
        text: bytes(of.reduce((total, one) => total + one.link[side][name].bytes, 0)),
      });
      const mean = (group: string): Cell => ({
        text: share(of.reduce((total, one) => total + (one.cpu.groups[group] ?? 0), 0) / of.length),
      });
      const busiest = Math.max(...of.map((one) => one.cpu.busiestCore));
      return [
        [
          { text: arm.name, style: "bold" as const },
          ...[sum("sent", "ls"), sum("sent", "batch"), sum("received", "ls"), sum("received", "batch")],
          { text: share(busiest) },
          ...["envoys", "apps", "load"].map(mean),
        ],
      ];
    }),
  };
}

/** Whether levels arrived where they belong: calls joined to their cause, and levels seen wrong. */
export function levelTable(results: Results): Table {
  const arms = results.arms.filter((arm) => arm.levels && arm.skipped === undefined);
  const count = (value: number, bad: boolean): Cell =>
    bad && value > 0 ? { text: `${value}`, style: "red" } : { text: `${value}` };
  return {
    header: ["levels", "calls", "joins", "missed", "ambiguous", "wrong levels"],
    rows: arms.map((arm) => {
      const joins = joinsOf(results, arm.name);
      const wrong = results.rows.reduce((sum, row) => sum + (row.arm === arm.name ? row.wrongLevels : 0), 0);
      return [
        { text: arm.name, style: "bold" as const },
        count(joins.calls, false),
        count(joins.found, false),
        count(joins.missed, true),
        count(joins.ambiguous, true),
        count(wrong, true),
      ];
    }),
  };
}

/** p50's upper bound for a gain: what the baseline's p50 is of the unloaded one. */
export const boundOf = (results: Results, rps: number): Estimate | null =>
  results.comparisons.find((one) => one.rps === rps)?.bound ?? null;
