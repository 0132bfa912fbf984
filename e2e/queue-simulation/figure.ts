// Draws the limits that adapt over time, as SVG: a panel for each scenario, in which the band is the range from 1 to 2 times the knee.
import * as Plot from "@observablehq/plot";
import { advance, document, fonts, label, place, style } from "../measure/figure.ts";
import type { Comparison } from "./compare.ts";
import { duration } from "./scenarios.ts";
import type { Point } from "./simulate.ts";

/** Colours that people with red-green colour blindness can distinguish (Okabe and Ito 2008). */
const colours: Readonly<Record<string, string>> = { gradient: "#e69f00", Vegas: "#56b4e9", Expedite: "#009e73" };
const drawn: readonly string[] = Object.keys(colours);
const shown = [
  "steady 0.95",
  "steady 1.3",
  "load steps",
  "capacity",
  "slow down",
  "processors",
  "noise and steps",
  "busy machine",
];

const columns = 2;
const panel = { width: 400, height: 190 };
const top = 84;
const width = panel.width * columns;
const height = top + Math.ceil(shown.length / columns) * panel.height + 12;

/** Only where the limit changes, because steps are drawn. */
function steps(points: readonly Point[]): readonly Point[] {
  return points.filter(({ limit }, index) => {
    const [before, after] = [points[index - 1]?.limit, points[index + 1]?.limit];
    return limit !== before || after === undefined || Math.round(after) !== Math.round(limit);
  });
}

function plotOf({ points }: Comparison) {
  const band = points.get("Expedite") ?? [];
  return Plot.plot({
    document,
    // Its own fonts have quotes, which do not belong in an attribute of XML.
    style: { ...style, fontFamily: "inherit" },
    width: panel.width,
    height: panel.height - 28,
    marginLeft: 36,
    marginRight: 14,
    marginTop: 6,
    marginBottom: 22,
    x: { label: null, domain: [0, duration], ticks: [0, 15, 30, 45, 60, 75, 90], tickSize: 4 },
    y: {
      label: null,
      type: "log",
      domain: [1, 200],
      ticks: [1, 2, 5, 10, 20, 50, 100, 200],
      tickFormat: (limit: number) => `${limit}`,
      grid: true,
      tickSize: 0,
    },
    marks: [
      Plot.areaY(
        band.filter((_, index) => index % 5 === 0),
        { x: "at", y1: "knee", y2: ({ knee }: Point) => 2 * knee, fill: "#dddddd", curve: "step-before" },
      ),
      ...drawn.map((name) =>
        Plot.line(steps(points.get(name) ?? []), {
          x: "at",
          y: "limit",
          stroke: colours[name] ?? "#333333",
          strokeWidth: name === "Expedite" ? 2 : 1.2,
          curve: "step-before",
        }),
      ),
    ],
  });
}

/** Tenths of a pixel: half of the file would be decimals. */
const rounded = (svg: string): string =>
  svg.replace(/\d+\.\d{2,}/g, (number) => `${Number(Number(number).toFixed(1))}`);

/** What a screen reader says. The titles have no sign that XML would take for its own. */
const titled = (svg: string, title: string): string => svg.replace(">", `><title>${title}</title>`);

function legend(): string {
  let x = 20;
  const lines = drawn.map((name) => {
    const entry = `<line x1="${x}" x2="${x + 18}" y1="66" y2="66" stroke="${colours[name]}" stroke-width="2.5"/>${label([x + 24, 70], name)}`;
    x += 24 + advance(name) + 16;
    return entry;
  });
  const band = `<rect x="${x}" y="59" width="18" height="14" fill="#dddddd"/>${label([x + 24, 70], "1 to 2 × what the application does in parallel")}`;
  return [...lines, band].join("");
}

/** A complete SVG document, 800 px wide, legible without a style sheet. */
export function figure(comparisons: readonly Comparison[]): string {
  const panels = shown.flatMap((name, index) => {
    const one = comparisons.find(({ scenario }) => scenario.name === name);
    if (one === undefined) return [];
    const [x, y] = [(index % columns) * panel.width, top + Math.floor(index / columns) * panel.height];
    return [
      label([x + 20, y + 14], one.scenario.title, 'font-weight="600"'),
      titled(rounded(place(plotOf(one), x, y + 20)), one.scenario.title),
    ];
  });
  return `${[
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" font-family='${fonts}' font-size="12" fill="#333333">`,
    "<title>The limit over time</title>",
    `<rect width="100%" height="100%" fill="white"/>`,
    label([20, 26], "The limit over time", 'font-size="17" font-weight="600" fill="#111111"'),
    label([20, 46], "Requests in the application at once, over seconds; simulated.", 'fill="#666666"'),
    legend(),
    ...panels,
    "</svg>",
  ].join("\n")}\n`;
}
