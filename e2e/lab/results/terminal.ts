// Writes the lab's results for a terminal.

import { type Paint, textTable } from "../../measure/text-table.ts";
import { classes } from "../classes.ts";
import { notes, rateHeading, setting, verdict } from "./headline.ts";
import type { Results } from "./results.ts";
import { answersTable, cpuTable, latencyTable, levelTable, linkTable, type Table } from "./tables.ts";

export function terminalReport(results: Results, paint: Paint): string {
  const draw = ({ header, rows }: Table): readonly string[] =>
    rows.length === 0 ? [] : [textTable(header, rows, paint), ""];
  const rates = results.options.rps.flatMap((rps) => [
    paint("bold", rateHeading(results, rps)),
    "",
    ...classes.flatMap((name) => draw(latencyTable(results, rps, name))),
    ...draw(answersTable(results, rps)),
    ...draw(linkTable(results, rps)),
    ...draw(cpuTable(results, rps)),
  ]);
  const verdicts = results.options.rps.flatMap((rps) => verdict(results, rps) ?? []);
  return [
    "",
    ...setting(results).map((line) => paint("dim", line)),
    "",
    ...rates,
    ...draw(levelTable(results)),
    ...notes(results).map((line) => paint("dim", line)),
    "",
    ...verdicts.map((line) => paint("green", line)),
    "",
  ].join("\n");
}
