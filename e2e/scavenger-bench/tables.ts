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

/** Of the scavenger, per cent, and of the p99 that cubic gives in its place. */
const aims = { alone: 95, kept: 5, p99: 0.25 } as const;

/** Where a row of the scavenger misses an aim, in words. */
function missesOf(row: Row, rows: readonly Row[], highs: readonly string[]): readonly string[] {
  const p99 = ({ repeats }: Row): number => median(repeats.map(({ millis }) => quantile(inOrder(millis), 0.99)));
  const alone = 100 * median(row.repeats.map((played) => played.alone));
  const cubic = rows.find(({ low, flows }) => low === "cubic" && flows === row.flows);
  const kept = highs.flatMap((high) =>
    (["before", "after"] as const).map((when) => {
      const share = 100 * median(row.repeats.flatMap(({ beside }) => beside[high]?.[when].low ?? []));
      return share <= aims.kept ? "" : `${when === "before" ? "beside" : "after"} ${high} ${share.toFixed(1)} %`;
    }),
  );
  const ratio = cubic === undefined ? 0 : p99(row) / p99(cubic);
  return [
    alone >= aims.alone ? "" : `alone ${alone.toFixed(1)} %`,
    ...kept,
    ratio <= aims.p99 ? "" : `p99 ${ratio.toFixed(2)} of cubic's`,
  ].filter((text) => text !== "");
}

function verdictOf(rows: readonly Row[], highs: readonly string[]): string {
  const own = rows.filter(({ low }) => low === "scavenger");
  if (own.length === 0) return "";
  const missed = own.flatMap((row) => {
    const misses = missesOf(row, rows, highs);
    return misses.length === 0 ? [] : [`${row.low} × ${row.flows}: ${misses.join(", ")}`];
  });
  return missed.length === 0 ? "The scavenger meets its aims." : `It misses its aims with ${missed.join("; ")}.`;
}

/** @param highs the high flows' congestion controls, in the order of the columns; `conditions`: a sentence for each setting */
type Context = { readonly highs: readonly string[]; readonly conditions: ReadonlyMap<Setting, string> };

function settingTable(setting: Setting, { highs, conditions }: Context): string {
  const { rtt, size, bytes: limit, unloaded, rows } = setting;
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
    conditions.get(setting) ?? "",
    `Requests without low flows: p50 ${p50} ms, p99 ${p99} ms.`,
    table(
      header,
      rows.map((row) => rowOf(row, highs)),
    ),
    verdictOf(rows, highs),
  ]
    .filter((part) => part !== "")
    .join("\n\n");
}

export const tablesOf = (settings: readonly Setting[], context: Context): string =>
  settings.map((setting) => settingTable(setting, context)).join("\n\n");

/** Puts the sections of `now` into those of `before`, in place of those with the same heading, and all in order of their paths. */
export function merged(before: string, now: string): string {
  const sections = new Map<string, string>();
  for (const section of [before, now].flatMap((text) => text.split(/^(?=### )/m))) {
    const [heading = ""] = section.split("\n");
    if (heading.startsWith("### ")) sections.set(heading, section.trim());
  }
  const numbers = (heading: string): readonly number[] => (heading.match(/[\d.]+/g) ?? []).map(Number);
  return [...sections]
    .toSorted(([a], [b]) => {
      const [[rtt = 0, size = 0], [otherRtt = 0, otherSize = 0]] = [numbers(a.slice(3)), numbers(b.slice(3))];
      return rtt - otherRtt || size - otherSize;
    })
    .map(([, section]) => section)
    .join("\n\n");
}
