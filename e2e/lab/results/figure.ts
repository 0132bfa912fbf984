// Draws the figure as SVG. Left: how long a person's request takes, per arm. Right: p50 and p99 over the rate (the paper's Fig. 4). Both
// classes send in all arms but the dashed one.
import * as Plot from "@observablehq/plot";
import { advance, document, fonts, label, place, style } from "../../measure/figure.ts";
import { scarce } from "./headline.ts";
import type { Results } from "./results.ts";
import type { QuantileName } from "./summary.ts";

const size = { width: 800, height: 400 };
const plotTop = 100;
/** The dashed line: the complete system without the other class. */
const unloadedOf = ({ profile }: Results): string => `${profile.fullArm}, alone`;

/** Colours that people with red-green colour blindness can distinguish (Okabe and Ito 2008). */
const colours: Readonly<Record<string, string>> = {
  "no-mesh": "#8c8c8c",
  mesh: "#222222",
  "mesh-fq_codel": "#e69f00",
  connections: "#56b4e9",
  packets: "#009e73",
  "mesh-switch": "#000000",
  "packets-switch": "#0072b2",
  scavenger: "#d55e00",
  "packets-scavenger": "#cc79a7",
  "backup-unlabelled": "#f0e442",
  backup: "#882255",
  "envoy-adaptive": "#e69f00",
  queue: "#009e73",
  "queue-packets": "#0072b2",
  "replicas-mesh": "#d55e00",
  replicas: "#cc79a7",
  "replicas-queue": "#56b4e9",
};
const colour = (arm: string): string => colours[arm] ?? (arm.endsWith(", alone") ? "#79c9b3" : "#cc79a7");

interface Latency {
  readonly arm: string;
  readonly x: number;
  readonly quantile: QuantileName;
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

/** Arms that have something to draw, in the order of arms.ts, with the unloaded one last. */
function drawnArms(results: Results): readonly string[] {
  const drawn = results.arms.map(({ name }) => name).filter((name) => results.cdf.some((cdf) => cdf.arm === name));
  const alone = results.cdf.some((cdf) => cdf.arm === results.profile.fullArm && cdf.alone && cdf.class === "ls");
  return alone ? [...drawn, unloadedOf(results)] : drawn;
}

function distributions(results: Results, rps: number) {
  return results.cdf
    .filter((cdf) => cdf.class === "ls" && cdf.rps === rps && (!cdf.alone || cdf.arm === results.profile.fullArm))
    .flatMap(({ arm, alone, points }) =>
      points.map(([ms, share]) => ({ arm: alone ? unloadedOf(results) : arm, ms, share: share * 100 })),
    );
}

/** Values at the same rate are drawn side by side, `step` apart on the rate's axis. */
function latencies(results: Results, arms: readonly string[], step: number): readonly Latency[] {
  return results.rows
    .filter(
      (row) =>
        row.class === "ls" && (row.played === "mixed" || (row.played === "ls" && row.arm === results.profile.fullArm)),
    )
    .flatMap((row) => {
      const arm = row.played === "mixed" ? row.arm : unloadedOf(results);
      const x = row.rps + (arms.indexOf(arm) - (arms.length - 1) / 2) * step;
      return (["p50", "p99"] as const).flatMap((quantile) => {
        const estimate = row.latency[quantile];
        return estimate === null ? [] : [{ arm, x, quantile, ...estimate }];
      });
    });
}

const steps = [0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000];

/** A logarithmic axis from the step below the smallest value to the step above the largest. */
function milliseconds(values: readonly number[]) {
  const [least, most] = values.length === 0 ? [1, 100] : [Math.min(...values), Math.max(...values)];
  const low = steps.findLast((step) => step <= least) ?? 0.5;
  const high = steps.find((step) => step > low && step >= most) ?? 10_000;
  const ticks = steps.filter((step) => step >= low && step <= high);
  return { type: "log", label: null, domain: [low, high], ticks, tickFormat: (ms: number) => `${ms}` } as const;
}
const shared = { document, height: size.height - plotTop - 22, marginBottom: 26, marginTop: 12, style } as const;

function cdfPlot(results: Results, rps: number) {
  const data = distributions(results, rps);
  const line = (alone: boolean) =>
    Plot.line(
      data.filter(({ arm }) => (arm === unloadedOf(results)) === alone),
      {
        x: "ms",
        y: "share",
        z: "arm",
        stroke: ({ arm }: { arm: string }) => colour(arm),
        strokeWidth: alone ? 1.5 : 2,
        ...(alone ? { strokeDasharray: "4 3" } : {}),
      },
    );
  return Plot.plot({
    ...shared,
    width: 400,
    marginLeft: 52,
    x: { ...milliseconds(data.map(({ ms }) => ms)), tickSize: 4 },
    y: { label: null, domain: [0, 100], grid: true, ticks: [0, 25, 50, 75, 100], tickSize: 0 },
    marks: [Plot.ruleY([0], { stroke: "#999999" }), line(true), line(false)],
  });
}

function ratePlot(results: Results, arms: readonly string[]) {
  const rates = results.options.rps;
  const [first = 0, last = 0] = [rates[0], rates.at(-1)];
  const gap = rates.length > 1 ? Math.min(...rates.slice(1).map((value, index) => value - (rates[index] ?? 0))) : 10;
  const data = latencies(results, arms, (gap * 0.7) / Math.max(arms.length, 1));
  const common = { x: "x", z: "arm", stroke: ({ arm }: Latency) => colour(arm) } as const;
  const of = (name: QuantileName) => data.filter(({ quantile }) => quantile === name);
  const connect = (name: QuantileName) =>
    rates.length > 1 ? [Plot.line(of(name), { ...common, y: "value", strokeWidth: 1, strokeOpacity: 0.6 })] : [];
  const radius = ({ arm }: Latency): number => (arm === unloadedOf(results) ? 3 : 4);
  return Plot.plot({
    ...shared,
    width: 392,
    r: { type: "identity" },
    marginLeft: 52,
    marginRight: 12,
    x: {
      label: null,
      domain: [first - gap / 2, last + gap / 2],
      ticks: [...rates],
      tickFormat: (rps: number) => `${rps}`,
      tickSize: 4,
    },
    y: { ...milliseconds(data.flatMap(({ low, high }) => [low, high])), grid: true, tickSize: 0 },
    marks: [
      ...connect("p50"),
      ...connect("p99"),
      Plot.ruleX(data, { ...common, y1: "low", y2: "high", strokeWidth: 1.5 }),
      Plot.dot(of("p50"), { ...common, y: "value", r: radius, fill: "white", strokeWidth: 2 }),
      Plot.dot(of("p99"), { ...common, y: "value", r: radius, fill: ({ arm }: Latency) => colour(arm) }),
    ],
  });
}

function legend(results: Results, arms: readonly string[]): string {
  let x = 20;
  const entries = arms.map((arm) => {
    const dash = arm === unloadedOf(results) ? ' stroke-dasharray="4 3"' : "";
    const entry = `<line x1="${x}" x2="${x + 18}" y1="66" y2="66" stroke="${colour(arm)}" stroke-width="2.5"${dash}/>${label([x + 24, 70], arm)}`;
    x += 24 + advance(arm) + 16;
    return entry;
  });
  const dots = results.rows.some((row) => row.latency.p99 !== null) ? ["p50", "p99"] : ["p50"];
  let right = 516;
  const keys = dots.map((name) => {
    const fill = name === "p50" ? "white" : "#333333";
    const key = `<circle cx="${right}" cy="94" r="4" fill="${fill}" stroke="#333333" stroke-width="2"/>${label([right + 9, 98], name)}`;
    right += 48;
    return key;
  });
  return [...entries, ...keys].join("");
}

/** A complete SVG document, 800 × 400 px, legible without a style sheet. */
export function figure(results: Results): string {
  const arms = drawnArms(results);
  const { profile, options } = results;
  const top = options.rps.at(-1) ?? 0;
  const sentOf = profile.work === undefined ? "of each class" : "of the latency-sensitive class";
  const rates = profile.work === undefined ? "Both classes at the same rate; " : "";
  const subtitle = `${rates}${scarce(results)}; bars are 95 % intervals.`;
  const parts = [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${size.width}" height="${size.height}" viewBox="0 0 ${size.width} ${size.height}" font-family='${fonts}' font-size="12" fill="#333333">`,
    `<rect width="100%" height="100%" fill="white"/>`,
    label(
      [20, 26],
      `How long a person waits while exports share the ${profile.work === undefined ? "link" : "application"}`,
      'font-size="17" font-weight="600" fill="#111111"',
    ),
    label([20, 46], subtitle, 'fill="#666666"'),
    legend(results, arms),
    label([20, 98], `requests answered within, % (${top} rps)`),
    label([424, 98], "latency, ms"),
    label([216, size.height - 10], "latency, ms", 'text-anchor="middle"'),
    label([624, size.height - 10], `requests per second ${sentOf}`, 'text-anchor="middle"'),
    place(cdfPlot(results, top), 0, plotTop),
    place(ratePlot(results, arms), 404, plotTop),
    "</svg>",
  ];
  return `${parts.join("\n")}\n`;
}
