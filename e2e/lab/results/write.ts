// Writes results.json to the path in the options, with report and figure next to it.
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { figure } from "./figure.ts";
import { png } from "./figure-png.ts";
import { report } from "./report.ts";
import type { Results } from "./results.ts";

export function writeResults(results: Results): readonly string[] {
  const folder = dirname(results.options.json);
  const svg = figure(results);
  const files = [
    [results.options.json, `${JSON.stringify(results, undefined, 1)}\n`],
    [join(folder, "report.md"), report(results)],
    [join(folder, "figure.svg"), svg],
    [join(folder, "figure.png"), png(svg)],
  ] as const;
  mkdirSync(folder, { recursive: true });
  for (const [path, content] of files) writeFileSync(path, content);
  return files.map(([path]) => path);
}
