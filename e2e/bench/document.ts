// Writes the tables between the two markers of docs/performance.md.
import { type Document, documentMeasured, withMeasured } from "../measure/measured-section.ts";
import type { Results } from "./results.ts";
import { conditions, markdownOf, tables } from "./tables.ts";

const document: Document = { name: "performance.md", script: "bench:filter" };

const measured = (results: Results): string => [conditions(results), ...tables(results).map(markdownOf)].join("\n\n");

/** @throws unless `text` contains each marker once, in order */
export const withTables = (text: string, results: Results): string => withMeasured(text, measured(results), document);

export const documentResults = (results: Results): void => documentMeasured(measured(results), document);
