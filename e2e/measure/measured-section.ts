// Puts what a bench has measured between two markers of its document, and leaves the text around them alone. A document may have several such
// sections, each measured by a command of its own.
import { readFileSync, writeFileSync } from "node:fs";

export interface Document {
  /** The file's name in docs/. */
  readonly name: string;
  /** The npm script that measures, with its arguments. */
  readonly script: string;
}

const end = "<!-- End of what was measured. -->";

/** @throws unless `text` contains the first marker once, and then the second one */
export function withMeasured(text: string, tables: string, { name, script }: Document): string {
  const begin = `<!-- Measured by npm run ${script}; written by it. -->`;
  const [before, rest, ...more] = text.split(begin);
  const at = rest?.indexOf(end) ?? -1;
  const isNested = rest?.slice(0, at).includes("<!-- Measured by ");
  if (before === undefined || rest === undefined || more.length > 0 || at < 0 || isNested)
    throw new Error(`docs/${name} must contain "${begin}" and then "${end}"`);
  return `${before}${begin}\n\n${tables}\n\n${rest.slice(at)}`;
}

export function documentMeasured(tables: string, document: Document): void {
  const file = new URL(`../../docs/${document.name}`, import.meta.url);
  writeFileSync(file, withMeasured(readFileSync(file, "utf8"), tables, document));
}
