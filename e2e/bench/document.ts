// Writes the tables of each part between its two markers in docs/performance.md.
import { type Document, documentMeasured, withMeasured } from "../measure/measured-section.ts";
import { type Part, partNames } from "./options.ts";
import type { Results } from "./results.ts";
import { conditions, markdownOf, tables } from "./tables.ts";

const document = (part: Part): Document => ({ name: "performance.md", script: `bench:filter -- --parts ${part}` });

/** What was measured of each part; of others nothing. */
const measured = (results: Results): readonly (readonly [Part, string])[] =>
  partNames.flatMap((part) => {
    const own = tables(results).filter((table) => table.part === part);
    if (own.length === 0) return [];
    return [[part, [...own.map(markdownOf), conditions(results, [part])].join("\n\n")] as const];
  });

/** @throws unless `text` contains the markers of each part that was measured, once and in order */
export const withTables = (text: string, results: Results): string =>
  measured(results).reduce((written, [part, tables]) => withMeasured(written, tables, document(part)), text);

export function documentResults(results: Results): void {
  for (const [part, tables] of measured(results)) documentMeasured(tables, document(part));
}
