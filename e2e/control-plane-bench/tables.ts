// Makes Markdown tables of the points, which also read well in a terminal. Pure.
import { estimate } from "../measure/statistics.ts";
import type { ProxyCost } from "./measure/mesh.ts";
import { servicesPerNamespace } from "./mesh/objects.ts";
import type { MeshCost, Point } from "./points.ts";

const none = "–";

function fixed(value: number | undefined, decimals: number): string {
  return value === undefined || Number.isNaN(value) ? none : value.toFixed(decimals);
}

/** Median with its 95 % interval, which needs six values; with fewer, the least and the greatest. */
function spread(values: readonly number[] | undefined, decimals = 0): string {
  if (values === undefined || values.length === 0) return none;
  const { value, low, high } = estimate(values);
  const [from, to] = Number.isNaN(low) ? [Math.min(...values), Math.max(...values)] : [low, high];
  return `${fixed(value, decimals)} [${fixed(from, decimals)}, ${fixed(to, decimals)}]`;
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
  fixed(cost.allocatedMegabytes, 1),
  fixed(cost.rssMegabytes, 0),
  fixed(cost.xdsKilobytes, 0),
  spread(cost.pushMillis),
  spread(cost.pushKilobytes),
  spread(cost.pushIstiodCpuMillis),
  fixed(istiodRssMegabytes, 0),
];

function meshTable(points: readonly Point[]): string {
  const rows = points.flatMap((point) =>
    (["enrolled", "outside"] as const).flatMap((proxy) =>
      (["without", "with", "listed"] as const).flatMap((arm) => {
        const mesh = point[arm];
        const cost = mesh?.proxies.find((one) => one.proxy === proxy);
        return mesh === undefined || cost === undefined ? [] : [meshRow(point.services, arms[arm], mesh, cost)];
      }),
    ),
  );
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
  [machine, "### The controller", controllerTable(points), "### istiod and proxies", meshTable(points)].join("\n\n");
