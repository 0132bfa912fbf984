// Makes Markdown tables of the points, which also read well in a terminal. Pure.
import { estimate } from "../../../e2e/measure/statistics.ts";
import type { Point } from "./points.ts";
import type { Usage } from "./usage.ts";

/** Median, and its 95 % interval, which needs six values; with fewer, the least and the greatest. */
function spread(values: readonly number[], decimals: number): string {
  const { value, low, high } = estimate(values);
  const [from, to] = Number.isNaN(low) ? [Math.min(...values), Math.max(...values)] : [low, high];
  return `${value.toFixed(decimals)} [${from.toFixed(decimals)}, ${to.toFixed(decimals)}]`;
}

const seconds = (steps: readonly Usage[]): string =>
  spread(
    steps.map((step) => step.seconds),
    2,
  );
const cpu = (steps: readonly Usage[]): string =>
  spread(
    steps.map(({ own, children }) => own + children),
    2,
  );

export function tableOf(points: readonly Point[]): string {
  const rows: readonly (readonly [string, (point: Point) => string])[] = [
    ["all pods programmed, s", ({ applied }) => seconds(applied)],
    ["its CPU time, s", ({ applied }) => cpu(applied)],
    [
      "its processes for each pod",
      ({ applied, pods }) =>
        spread(
          applied.map(({ started }) => started / pods),
          1,
        ),
    ],
    ["ladder changed, s", ({ changed }) => seconds(changed)],
    ["its CPU time, s", ({ changed }) => cpu(changed)],
    ["ladder taken away, s", ({ removed }) => seconds(removed)],
    ["agent restarted, s", ({ restarted }) => restarted.seconds.toFixed(2)],
    ["idle: % of a core", ({ idle }) => ((100 * (idle.own + idle.children)) / idle.seconds).toFixed(2)],
    ["idle: of that, the agent itself", ({ idle }) => ((100 * idle.own) / idle.seconds).toFixed(2)],
    ["idle: processes in each reconcile", ({ idle }) => (idle.started / idle.reconciles).toFixed(0)],
    ["idle: resident memory, MB", ({ idle }) => idle.megabytes.toFixed(0)],
  ];
  const header = ["", ...points.map(({ arm, pods }) => `${arm}, ${pods} pods`)];
  return table(
    header,
    rows.map(([title, cellOf]) => [title, ...points.map(cellOf)]),
  );
}

export function pricesOf(points: readonly Point[]): string {
  const prices = points.flatMap((point) => point.prices);
  return table(
    ["CPU time for each pod", "ms"],
    prices.map(({ what, millis }) => [what, millis.toFixed(1)]),
  );
}

function table(header: readonly string[], cells: readonly (readonly string[])[]): string {
  const widths = header.map((title, column) => Math.max(title.length, ...cells.map((row) => row[column]!.length)));
  const line = (row: readonly string[]): string => `| ${row.map((cell, at) => cell.padEnd(widths[at]!)).join(" | ")} |`;
  return [line(header), `|${widths.map((width) => "-".repeat(width + 2)).join("|")}|`, ...cells.map(line)].join("\n");
}
