// Writes the tables between the two markers of docs/control-plane-cost.md.
import { type Document, documentMeasured, withMeasured } from "../measure/measured-section.ts";

const document: Document = { name: "control-plane-cost.md", script: "bench:control-plane" };

/** @throws unless `text` contains each marker once, in order */
export const withTables = (text: string, tables: string): string => withMeasured(text, tables, document);

export const documentTables = (tables: string): void => documentMeasured(tables, document);
