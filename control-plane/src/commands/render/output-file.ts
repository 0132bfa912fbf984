// Defines a file that `expedite render` writes, by its name and content, and writes it.
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { UserError } from "../user-error.ts";

export type OutputFile = { readonly name: string; readonly text: string };

export function json(name: string, content: unknown): OutputFile {
  return { name: `${name}.json`, text: `${JSON.stringify(content, null, 2)}\n` };
}

/** Not mkdirSync's `recursive`, which tries for ever where a folder can't be made although its parent exists, as in /proc. */
function makeFolder(folder: string): void {
  if (existsSync(folder)) return;
  makeFolder(dirname(folder));
  mkdirSync(folder);
}

/** Creates the folder if it is missing. @returns the paths of the files, in the given order. @throws UserError when it can't be written */
export function write(folder: string, files: readonly OutputFile[]): string[] {
  try {
    makeFolder(resolve(folder));
    return files.map(({ name, text }) => {
      const file = join(folder, name);
      writeFileSync(file, text);
      return file;
    });
  } catch (error) {
    throw new UserError([`--output: ${folder} cannot be written: ${(error as Error).message}`]);
  }
}
