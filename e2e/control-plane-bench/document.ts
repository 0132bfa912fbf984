// Writes the tables between the two markers of docs/control-plane-cost.md, and leaves the text around them alone.
import { readFileSync, writeFileSync } from "node:fs";

const file = new URL("../../docs/control-plane-cost.md", import.meta.url);
const begin = "<!-- Measured by npm run bench:control-plane; written by it. -->";
const end = "<!-- End of what was measured. -->";

/** @throws unless `text` contains both markers, in order */
export function withTables(text: string, tables: string): string {
  const [from, to] = [text.indexOf(begin), text.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`docs/control-plane-cost.md must contain "${begin}" and then "${end}"`);
  return `${text.slice(0, from)}${begin}\n\n${tables}\n\n${text.slice(to)}`;
}

export const documentTables = (tables: string): void =>
  writeFileSync(file, withTables(readFileSync(file, "utf8"), tables));
