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

/** @throws unless `text` contains the first marker once, and then the second one, which other sections have as well */
function partsOf(
  text: string,
  { name, script }: Document,
): Readonly<Record<"before" | "begin" | "measured" | "after", string>> {
  const begin = `<!-- Measured by npm run ${script}; written by it. -->`;
  const [before, rest, ...more] = text.split(begin);
  const at = rest?.indexOf(end) ?? -1;
  const isNested = rest?.slice(0, at).includes("<!-- Measured by ");
  if (before === undefined || rest === undefined || more.length > 0 || at < 0 || isNested)
    throw new Error(`docs/${name} must contain "${begin}" and then "${end}"`);
  return { before, begin, measured: rest.slice(0, at), after: rest.slice(at + end.length) };
}

/** @throws unless `text` contains each marker once, in order */
export function withMeasured(text: string, tables: string, document: Document): string {
  const { before, begin, after } = partsOf(text, document);
  return `${before}${begin}\n\n${tables}\n\n${end}${after}`;
}

/** What stands between the markers now. @throws unless the document contains each marker once, in order */
export function documented(document: Document): string {
  return partsOf(readFileSync(fileOf(document), "utf8"), document).measured.trim();
}

const fileOf = ({ name }: Document): URL => new URL(`../../docs/${name}`, import.meta.url);

export function documentMeasured(tables: string, document: Document): void {
  const file = fileOf(document);
  writeFileSync(file, withMeasured(readFileSync(file, "utf8"), tables, document));
}
