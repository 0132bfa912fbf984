// Makes a template of a manifest: each hole replaces a part of its text, so that the chart follows the manifest, and a part that is no
// longer there is noticed.

export interface Hole {
  /** With the flag m, and with g if it may occur more than once. */
  readonly find: RegExp;
  /** The template's text in its place; $1 is what the first group matched. */
  readonly put: string;
}

/** @throws when a part does not occur, or the manifest contains what Helm would take for a template */
export function templateOf(manifest: string, holes: readonly Hole[]): string {
  if (manifest.includes("{{")) throw new Error("the manifest contains {{, which Helm would evaluate");
  return holes.reduce((text, { find, put }) => {
    if (text.search(find) < 0) throw new Error(`the manifest contains nothing that matches ${find}`);
    return text.replace(find, put);
  }, manifest);
}

/** A field that is there only if the value is not empty. `indent`: spaces before its name. */
export function optional(name: string, value: string, indent: number): string {
  const space = " ".repeat(indent);
  return `${space}{{- with ${value} }}\n${space}${name}: {{- toYaml . | nindent ${indent + 2} }}\n${space}{{- end }}\n`;
}

/** The entries of a value, after those of a list or map that has this indentation. */
export function more(value: string, indent: number): string {
  const space = " ".repeat(indent);
  return `${space}{{- with ${value} }}\n${space}{{- toYaml . | nindent ${indent} }}\n${space}{{- end }}\n`;
}

/** Without the comment at the beginning, which is about the file. */
export const withoutHead = (text: string): string => text.replace(/^(#.*\n)+/, "");

/** A comment for whoever reads the template; Helm leaves it out. */
export const madeFrom = (source: string): string =>
  `{{- /* Made from ${source} by release/chart; do not edit. */ -}}\n`;
