// Writes the tables between the two markers of docs/performance.md, and leaves the text around them alone.
import { readFileSync, writeFileSync } from "node:fs";
import type { Results } from "./results.ts";
import { conditions, markdownOf, tables } from "./tables.ts";

const file = new URL("../../docs/performance.md", import.meta.url);
const begin = "<!-- Measured by npm run bench:filter; written by it. -->";
const end = "<!-- End of what was measured. -->";

/** @throws unless `text` contains each marker once, in order */
export function withTables(text: string, results: Results): string {
  const [before, ...rest] = text.split(begin);
  const [, after, ...more] = rest.join(begin).split(end);
  if (before === undefined || after === undefined || rest.length !== 1 || more.length > 0)
    throw new Error(`docs/performance.md must contain "${begin}" and then "${end}"`);
  const measured = [conditions(results), ...tables(results).map(markdownOf)].join("\n\n");
  return `${before}${begin}\n\n${measured}\n\n${end}${after}`;
}

export function documentResults(results: Results): void {
  writeFileSync(file, withTables(readFileSync(file, "utf8"), results));
}
