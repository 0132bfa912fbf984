// Makes Markdown tables of the settings, which also read well in a terminal. Pure.
import { bytes, none, short } from "../measure/format.ts";
import { median, quantile } from "../measure/statistics.ts";
import type { Row, Setting } from "./measure.ts";
import type { Beside } from "./play.ts";

/** Median with the least and the greatest. */
function spread(values: readonly number[], format: (value: number) => string): string {
  if (values.length === 0) return none;
  const range = values.length > 1 ? ` [${format(Math.min(...values))}, ${format(Math.max(...values))}]` : "";
  return format(median(values)) + range;
}

const inOrder = (values: readonly number[]): readonly number[] => values.toSorted((a, b) => a - b);
const percent = (value: number): string => (value * 100).toFixed(1);

/** Markdown, with the columns aligned for terminals. */
function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = header.map((_, column) => Math.max(...[header, ...rows].map((row) => [...row[column]!].length)));
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell, column) => cell + " ".repeat(widths[column]! - [...cell].length)).join(" | ")} |`;
  const rule = `|${widths.map((width, column) => (column === 0 ? "-".repeat(width + 2) : `${"-".repeat(width + 1)}:`)).join("|")}|`;
  return [line(header), rule, ...rows.map(line)].join("\n");
}

function rowOf({ low, flows, repeats }: Row, highs: readonly string[]): readonly string[] {
  const latencies = (q: number): readonly number[] => repeats.map(({ millis }) => quantile(inOrder(millis), q));
  const lowShares = (high: string, when: keyof Beside): readonly number[] =>
    repeats.flatMap(({ beside }) => beside[high]?.[when].low ?? []);
  return [
    `${low} × ${flows}`,
    spread(
      repeats.map(({ alone }) => alone),
      percent,
    ),
    spread(latencies(0.5), short),
    spread(latencies(0.99), short),
    ...highs.flatMap((high) => [spread(lowShares(high, "before"), percent), spread(lowShares(high, "after"), percent)]),
  ];
}

function settingTable({ rtt, size, bytes: limit, unloaded, rows }: Setting, highs: readonly string[]): string {
  const [p50, p99] = [0.5, 0.99].map((q) =>
    spread(
      unloaded.map((millis) => quantile(inOrder(millis), q)),
      short,
    ),
  );
  const header = ["low flows", "alone, %", "p50, ms", "p99, ms"];
  for (const high of highs) header.push(`beside ${high}, %`, `after ${high}, %`);
  return [
    `### ${rtt} ms, FIFO of ${size} BDP (${bytes(limit)})`,
    `Requests without low flows: p50 ${p50} ms, p99 ${p99} ms.`,
    table(
      header,
      rows.map((row) => rowOf(row, highs)),
    ),
  ].join("\n\n");
}

/** @param highs the high flows' congestion controls, in the order of the columns */
export const tablesOf = (settings: readonly Setting[], highs: readonly string[]): string =>
  settings.map((setting) => settingTable(setting, highs)).join("\n\n");
