// Writes the report in Markdown, next to the figure and results.json.

import { rate } from "../../measure/format.ts";
import type { Cell } from "../../measure/text-table.ts";
import { classes } from "../classes.ts";
import { notes, rateHeading, scarce, setting, verdict } from "./headline.ts";
import type { Results } from "./results.ts";
import { answersTable, cpuTable, latencyTable, levelTable, linkTable, type Table } from "./tables.ts";

const cellText = ({ text, note, style }: Cell): string => {
  const strong = style === "bold" ? `**${text}**` : text;
  return note === undefined ? strong : `${strong}<br><sub>${note}</sub>`;
};

function markdown({ header, rows }: Table): readonly string[] {
  if (rows.length === 0) return [];
  const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
  const rule = header.map((_, column) => (column === 0 ? "---" : "--:"));
  return [line(header), line(rule), ...rows.map((row) => line(row.map(cellText))), ""];
}

const bullets = (lines: readonly string[]): readonly string[] => lines.map((text) => `- ${text}`);

/** What a reader has to know to trust the numbers, or to doubt them. */
function method(results: Results): readonly string[] {
  const { limits, options, congestionControl } = results;
  return bullets([
    `Bookinfo's shape on one machine: gateway → productpage → details and reviews (two replicas) → ratings, each in a network namespace; links of ${rate(limits.linkRate)}, ratings' of ${rate(limits.bottleneckRate)} (HTB, burst ${limits.burstBytes} bytes; a plain queue holds ${limits.queuePackets} packets). TCP congestion control: ${congestionControl}.`,
    results.profile.work === undefined
      ? "Reviews answers with a summary of what it read, so that the large responses cross the bottleneck once and two cores suffice."
      : `What is scarce is ratings itself: ${scarce(results)}, which takes them in the order in which they come; a worker is a thread that sleeps for that long.`,
    `Open loop: inter-arrival times uniform on [0, 2/λ], latency from the intended start, ${options.warmUp} s of warm-up left out. All arms of a repeat replay one arrival sequence (seed ${options.seed}) in rotated order.`,
    `Reviews forwards ${options.forward === "bookinfo" ? "the trace headers that Istio's bookinfo forwards" : "traceparent and nothing else"}; no application touches the level's header.`,
    `Gain: latency in \`mesh\` over latency in the arm. η: (T_mesh − T_arm) / (T_mesh − T_unloaded), T_unloaded being the latency-sensitive load alone in \`${results.profile.fullArm}\`.`,
    "The arm `connections` leaves `tcp_reflect_tos` off: nothing orders its queue, so its responses need no mark.",
    `Requests were sent at most ${Math.max(0, ...results.conditions.map(({ lateness }) => lateness)).toFixed(1)} ms late (99 of 100); that is part of every latency.`,
  ]);
}

const armList = (results: Results): readonly string[] =>
  bullets(results.arms.map(({ name, does, qdisc }) => `\`${name}\`: ${does} (${qdisc})`));

export function report(results: Results): string {
  const { versions } = results;
  return [
    "# The lab's report",
    "",
    ...results.options.rps.flatMap((rps) => verdict(results, rps) ?? []),
    "",
    "![Latency of the latency-sensitive class: distribution per arm, and p50 and p99 over the rate](figure.svg)",
    "",
    ...bullets([
      ...setting(results),
      `iproute2 ${versions.iproute2}, nftables ${versions.nftables}, Expedite ${versions.expedite}, ${results.startedAt}`,
    ]),
    "",
    "## Arms",
    "",
    ...armList(results),
    "",
    ...results.options.rps.flatMap((rps) => [
      `## ${rateHeading(results, rps)}`,
      "",
      ...classes.flatMap((name) => markdown(latencyTable(results, rps, name))),
      ...markdown(answersTable(results, rps)),
      ...markdown(linkTable(results, rps)),
      ...markdown(cpuTable(results, rps)),
    ]),
    "## Levels",
    "",
    ...markdown(levelTable(results)),
    "## How it was measured",
    "",
    ...method(results),
    "",
    "## How to read it",
    "",
    ...bullets(notes(results)),
    "",
  ].join("\n");
}
