// Writes what a run leaves: results.json where the options say, report and figure beside it. Returns the paths.
import { accessSync, constants, existsSync, mkdirSync, statSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { figure } from "./figure.ts";
import { png } from "./figure-png.ts";
import { report } from "./report.ts";
import type { Results } from "./results.ts";

/** Why results can't be written there, found before a run and not after it. Creates nothing. */
export function unwritable(json: string): string | undefined {
  if (existsSync(json) && statSync(json).isDirectory()) return "is a folder; name a file in it";
  let folder = dirname(resolve(json));
  while (!existsSync(folder)) folder = dirname(folder);
  if (!statSync(folder).isDirectory()) return `${folder} is not a folder`;
  try {
    accessSync(folder, constants.W_OK);
    return undefined;
  } catch (error) {
    return `can't write to ${folder} (${(error as NodeJS.ErrnoException).code})`;
  }
}

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
