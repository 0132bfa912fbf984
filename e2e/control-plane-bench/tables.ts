// Makes Markdown tables of the points, which also read well in a terminal. Pure.
import { type Estimate, estimate, median } from "../measure/statistics.ts";
import type { ProxyCost } from "./measure/mesh.ts";
import { servicesPerNamespace } from "./mesh/objects.ts";
import type { MeshCost, Point } from "./points.ts";

const none = "–";

function fixed(value: number | undefined, decimals: number): string {
  return value === undefined || Number.isNaN(value) ? none : value.toFixed(decimals);
}

/** Median with its 95 % interval, which needs six values; with fewer, the least and the greatest. */
function bounds(values: readonly number[]): Estimate {
  const { value, low, high } = estimate(values);
  return Number.isNaN(low) ? { value, low: Math.min(...values), high: Math.max(...values) } : { value, low, high };
}

function spread(values: readonly number[] | undefined, decimals = 0): string {
  if (values === undefined || values.length === 0) return none;
  const { value, low, high } = bounds(values);
  return `${fixed(value, decimals)} [${fixed(low, decimals)}, ${fixed(high, decimals)}]`;
}

/** By how much the median is above that of `base`, in percent; at least and at most what the ends of the two intervals give. */
function above(values: readonly number[], base: readonly number[] | undefined): string {
  if (base === undefined || base === values) return none;
  const [own, other] = [bounds(values), bounds(base)];
  const percent = (part: number, whole: number): string => fixed((part / whole - 1) * 100, 1);
  return `${percent(own.value, other.value)} [${percent(own.low, other.high)}, ${percent(own.high, other.low)}]`;
}

function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = header.map((title, column) =>
    Math.max(...[header, ...rows].map((row) => row[column]!.length), title.length),
  );
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column]!)).join(" | ")} |`;
  return [line(header), `|${widths.map((width) => "-".repeat(width + 2)).join("|")}|`, ...rows.map(line)].join("\n");
}

const controllerTable = (points: readonly Point[]): string =>
  table(
    [
      "services",
      "pods",
      "namespaces",
      "first, s",
      "change, ms",
      "start, MB",
      "RSS, MB (peak)",
      "limit, MB",
      "idle CPU, %",
      "writes idle",
      "objects",
      "istiod CPU, s",
    ],
    points.map((point) => [
      `${point.services}`,
      `${point.pods}`,
      `${point.namespaces}`,
      fixed(point.firstSeconds, 1),
      spread(point.changeMillis),
      fixed(point.startMegabytes, 0),
      `${fixed(point.rssMegabytes, 0)} (${fixed(point.peakMegabytes, 0)})`,
      fixed(point.limitMegabytes, 0),
      fixed(point.idleCpuPercent, 2),
      `${point.idleApplies ?? none}`,
      `${point.objects ?? none}`,
      fixed(point.istiodCpuSeconds, 1),
    ]),
  );

const arms = { without: "without", with: "with", listed: `with, ${servicesPerNamespace} listed` } as const;

const meshRow = (
  services: number,
  arm: string,
  { istiodRssMegabytes }: MeshCost,
  cost: ProxyCost,
): readonly string[] => [
  `${services}`,
  cost.proxy,
  arm,
  `${cost.clusters}`,
  fixed(median(cost.allocatedMegabytes), 1),
  fixed(median(cost.rssMegabytes), 0),
  fixed(cost.xdsKilobytes, 0),
  spread(cost.pushMillis),
  spread(cost.pushKilobytes),
  spread(cost.pushIstiodCpuMillis),
  fixed(istiodRssMegabytes, 0),
];

type Measured = {
  readonly point: Point;
  readonly arm: keyof typeof arms;
  readonly mesh: MeshCost;
  readonly cost: ProxyCost;
};

const measured = (points: readonly Point[]): readonly Measured[] =>
  points.flatMap((point) =>
    (["enrolled", "outside"] as const).flatMap((proxy) =>
      (["without", "with", "listed"] as const).flatMap((arm) => {
        const mesh = point[arm];
        const cost = mesh?.proxies.find((one) => one.proxy === proxy);
        return mesh === undefined || cost === undefined ? [] : [{ point, arm, mesh, cost }];
      }),
    ),
  );

function memoryTable(points: readonly Point[]): string {
  const rows = measured(points).map(({ point, arm, cost: { proxy, ...cost } }) => {
    const base = point.without?.proxies.find((one) => one.proxy === proxy);
    return [
      ...[`${point.services}`, proxy, arms[arm], `${cost.clusters}`, `${cost.allocatedMegabytes.length}`],
      ...[spread(cost.allocatedMegabytes, 1), above(cost.allocatedMegabytes, base?.allocatedMegabytes)],
      ...[spread(cost.rssMegabytes, 1), above(cost.rssMegabytes, base?.rssMegabytes)],
    ];
  });
  return table(
    [
      "services",
      "proxy",
      "Expedite",
      "clusters",
      "starts",
      "Envoy, MB",
      "above without, %",
      "RSS, MB",
      "above without, %",
    ],
    rows,
  );
}

function meshTable(points: readonly Point[]): string {
  const rows = measured(points).map(({ point, arm, mesh, cost }) => meshRow(point.services, arms[arm], mesh, cost));
  const header = [
    "services",
    "proxy",
    "Expedite",
    "clusters",
    "Envoy, MB",
    "RSS, MB",
    "xDS, kB",
    "push, ms",
    "push, kB",
    "push, istiod CPU ms",
    "istiod RSS, MB",
  ];
  return table(header, rows);
}

/** @param machine the machine that it ran on, in one line */
export const tablesOf = (points: readonly Point[], machine: string): string =>
  [
    machine,
    ...["### The controller", controllerTable(points)],
    ...["### istiod and proxies", meshTable(points)],
    ...["### A proxy's memory", memoryTable(points)],
  ].join("\n\n");
