// Makes the tables of the results, for a terminal and in Markdown. Parts that were not measured have no table.
import { none, share } from "../measure/format.ts";
import { type Estimate, median } from "../measure/statistics.ts";
import { painter, textTable } from "../measure/text-table.ts";
import { type CacheState, cacheStates } from "./caches.ts";
import type { Memory } from "./memory.ts";
import type { Part } from "./options.ts";
import type { Price } from "./price-calls.ts";
import { variantOf } from "./quiet.ts";
import type { Results, VariantResult } from "./results.ts";
import { rest } from "./shares.ts";
import { baseOf } from "./variants.ts";

export interface Table {
  readonly part: Part;
  readonly title: string;
  readonly header: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** With a true minus sign, and without one before zero. */
const fixed = (value: number, decimals: number): string =>
  value
    .toFixed(decimals)
    .replace(/^-(?=[0.]*$)/, "")
    .replace("-", "−");

function interval({ value, low, high }: Estimate, decimals: number): string {
  const range = Number.isNaN(low) ? "" : ` [${fixed(low, decimals)}, ${fixed(high, decimals)}]`;
  return `${fixed(value, decimals)}${range}`;
}

const perSecond = (rps: number, saturated: boolean): string =>
  `${saturated ? "" : "≥ "}${Math.round(rps / 100) / 10} k`;

const times = (estimate: Estimate | undefined): string => (estimate === undefined ? none : interval(estimate, 2));

/** Whether others are compared with it. */
const isBaseline = (label: string): boolean => baseOf(variantOf(label)) === label;

function variantRow(result: VariantResult): readonly string[] {
  const { name, cpuMicros, added, ofNative, ofLua, p50, p99, rps, saturated } = result;
  const isBase = isBaseline(name);
  return [
    name,
    fixed(cpuMicros, 1),
    isBase ? none : interval(added, 1),
    isBase || name === "native" ? none : times(ofNative),
    isBase || name === "lua" ? none : times(ofLua),
    fixed(p50, 0),
    fixed(p99, 0),
    perSecond(rps, saturated),
  ];
}

function coldTable({ variants, cold }: Results): Table {
  const { walked, variants: measured = [] } = cold ?? {};
  const after = (state: CacheState): string => `${state} (${Math.round((walked?.[state] ?? 0) / 2 ** 20)} MiB), µs`;
  const hot = (name: string): string => {
    const found = variants.find((one) => one.name === name);
    return found === undefined ? none : interval(found.added, 1);
  };
  const own = measured.filter(({ name }) => !isBaseline(name));
  const bases = measured.filter(({ name }) => isBaseline(name));
  return {
    part: "cold",
    title: "What a variant adds, hot and cold",
    header: ["variant", "hot, µs", ...cacheStates.map(after)],
    rows: [
      ...own.map((one) => [one.name, hot(one.name), ...cacheStates.map((state) => interval(one[state].added, 1))]),
      ...bases.map((one) => [
        `${one.name}, all of it`,
        ...[fixed(variants.find(({ name }) => name === one.name)?.cpuMicros ?? Number.NaN, 1).replace("NaN", none)],
        ...cacheStates.map((state) => fixed(one[state].cpuMicros, 1)),
      ]),
    ],
  };
}

const priceRows = (prices: readonly Price[]): Table["rows"] =>
  prices.map(({ name, nanoseconds }) => [name, interval(nanoseconds, 0)]);

function sharesTable({ shares }: Results): Pick<Table, "header" | "rows"> {
  const names = new Set(shares.flatMap(({ parts }) => Object.keys(parts)));
  // The rest comes last.
  const parts = [...names].filter((part) => part !== rest).concat(rest);
  return {
    header: ["", ...shares.map(({ name }) => name)],
    rows: shares.length === 0 ? [] : parts.map((part) => [part, ...shares.map((one) => micros(one.parts[part]))]),
  };
}

const micros = (value: number | undefined): string => (value === undefined ? none : fixed(value, 1));

const megabytes = (bytes: readonly number[]): string => {
  const [low, high] = [Math.min(...bytes), Math.max(...bytes)];
  return `${fixed(median(bytes) / 1e6, 1)} [${fixed(low / 1e6, 1)}, ${fixed(high / 1e6, 1)}]`;
};

function memoryRows({ memory }: Results): Table["rows"] {
  return memory
    .filter(({ workers }) => workers === 1)
    .map(({ name }) => [
      name,
      ...[1, 2].flatMap((workers) => {
        const [base, own] = [memory[0]!.name, name].map(
          (of) => memory.find((one) => one.name === of && one.workers === workers)!,
        ) as [Memory, Memory];
        const added = (of: "resident" | "allocated"): string => fixed((median(own[of]) - median(base[of])) / 1e6, 1);
        return [megabytes(own.resident), added("resident"), added("allocated")];
      }),
    ]);
}

export function tables(results: Results): readonly Table[] {
  const all: readonly Table[] = [
    {
      part: "variants",
      title: "What a variant costs",
      header: ["variant", "CPU, µs", "added, µs", "× native", "× lua", "p50, µs", "p99, µs", "requests/s"],
      rows: results.variants.map(variantRow),
    },
    coldTable(results),
    {
      part: "code",
      title: "The filter's own code in a request",
      header: ["variant", "new code lines", "instructions", "host calls"],
      rows: results.code.map(({ name, lines, instructions, hostCalls }) => [
        name,
        `${lines}`,
        `${instructions}`,
        `${hostCalls}`,
      ]),
    },
    { part: "host-calls", title: "What the additions are made of, µs", ...sharesTable(results) },
    {
      part: "host-calls",
      title: "What a host call costs",
      header: ["host call", "ns"],
      rows: priceRows(results.hostCalls),
    },
    {
      part: "host-calls",
      title: "What an entry into the VM costs",
      header: ["callback", "ns"],
      rows: priceRows(results.callbacks),
    },
    {
      part: "scaling",
      title: "One worker and two",
      header: ["variant", "CPU with 1, µs", "CPU with 2, µs", "added, µs", "requests/s with 1", "requests/s with 2"],
      rows: results.scaling.map(({ name, one, two, added }) => [
        name,
        fixed(one.cpuMicros, 1),
        fixed(two.cpuMicros, 1),
        interval(added, 1),
        perSecond(one.rps, one.saturated),
        perSecond(two.rps, two.saturated),
      ]),
    },
    {
      part: "memory",
      title: "Resident memory of a sidecar, in brackets the range",
      header: [
        "on inbound and outbound",
        ...["1 worker, MB", "added, MB", "in use, MB", "2 workers, MB", "added, MB", "in use, MB"],
      ],
      rows: memoryRows(results),
    },
  ];
  return all.filter(({ rows }) => rows.length > 0);
}

export const onMachine = ({ cores, cpu, kernel, envoy, others }: Results["machine"]): string =>
  `Envoy ${envoy} on ${cores} cores (${cpu}), Linux ${kernel}; other programs had ${share(others)} of the CPU time.`;

/** How the parts were measured. */
export function conditions({ machine, settings: { rounds, seconds } }: Results, of: readonly Part[]): string {
  const isOnly = (...names: readonly Part[]): boolean => of.every((part) => names.includes(part));
  if (isOnly("code")) return "Counted, so the numbers are the same on every machine.";
  if (isOnly("code", "memory")) return onMachine(machine);
  const slices = isOnly("code", "memory", "cold") ? "" : `, slices of ${seconds} s`;
  return `${onMachine(machine)} Rounds: ${rounds}${slices}; medians, in brackets the 95 % interval.`;
}

export function textOf({ title, header, rows }: Omit<Table, "part">): string {
  const cells = rows.map((row) => row.map((text) => ({ text })));
  return `${title}\n${textTable(header, cells, painter(process.stdout))}`;
}

export function markdownOf({ title, header, rows }: Omit<Table, "part">): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
  const rule = header.map((_, column) => (column === 0 ? "---" : "---:"));
  return [`### ${title}`, "", line(header), line(rule), ...rows.map(line)].join("\n");
}
