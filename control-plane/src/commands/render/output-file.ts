// Defines a file that `expedite render` writes, by its name and content, and writes it.
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

export type OutputFile = { readonly name: string; readonly text: string };

export function json(name: string, content: unknown): OutputFile {
  return { name: `${name}.json`, text: `${JSON.stringify(content, null, 2)}\n` };
}

/** Creates the folder if it is missing. @returns the paths of the files, in the given order */
export function write(folder: string, files: readonly OutputFile[]): string[] {
  mkdirSync(folder, { recursive: true });
  return files.map(({ name, text }) => {
    const file = join(folder, name);
    writeFileSync(file, text);
    return file;
  });
}
