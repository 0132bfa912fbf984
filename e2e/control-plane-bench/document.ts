// Tables enter, docs/control-plane-cost.md leaves with them between its two markers; the text around them stays.
import { readFileSync, writeFileSync } from "node:fs";

const file = new URL("../../docs/control-plane-cost.md", import.meta.url);
const begin = "<!-- Measured by npm run bench:control-plane; written by it. -->";
const end = "<!-- End of what was measured. -->";

/** @throws when the markers are not in `text`, in their order */
export function withTables(text: string, tables: string): string {
  const [from, to] = [text.indexOf(begin), text.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`docs/control-plane-cost.md must contain "${begin}" and then "${end}"`);
  return `${text.slice(0, from)}${begin}\n\n${tables}\n\n${text.slice(to)}`;
}

export const documentTables = (tables: string): void =>
  writeFileSync(file, withTables(readFileSync(file, "utf8"), tables));
