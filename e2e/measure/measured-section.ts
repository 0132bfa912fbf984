// Puts what a bench has measured between two markers of its document, and leaves the text around them alone.
import { readFileSync, writeFileSync } from "node:fs";

export interface Document {
  /** The file's name in docs/. */
  readonly name: string;
  /** The npm script that measures. */
  readonly script: string;
}

const end = "<!-- End of what was measured. -->";

/** @throws unless `text` contains each marker once, in order */
export function withMeasured(text: string, tables: string, { name, script }: Document): string {
  const begin = `<!-- Measured by npm run ${script}; written by it. -->`;
  const [before, ...rest] = text.split(begin);
  const [, after, ...more] = rest.join(begin).split(end);
  if (before === undefined || after === undefined || rest.length !== 1 || more.length > 0)
    throw new Error(`docs/${name} must contain "${begin}" and then "${end}"`);
  return `${before}${begin}\n\n${tables}\n\n${end}${after}`;
}

export function documentMeasured(tables: string, document: Document): void {
  const file = new URL(`../../docs/${document.name}`, import.meta.url);
  writeFileSync(file, withMeasured(readFileSync(file, "utf8"), tables, document));
}
