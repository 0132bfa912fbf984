// Checks before a run, rather than after it, that a results file can be written.
import { accessSync, constants, existsSync, statSync } from "node:fs";
import { dirname, resolve } from "node:path";

/** The reason why results can't be written there, or undefined. Creates nothing. */
export function unwritable(json: string): string | undefined {
  if (existsSync(json) && statSync(json).isDirectory()) return "is a folder; name a file in it";
  let folder = dirname(resolve(json));
  while (!existsSync(folder)) folder = dirname(folder);
  if (!statSync(folder).isDirectory()) return `${folder} is not a folder`;
  try {
    accessSync(folder, constants.W_OK);
    return undefined;
  } catch (error) {
    return `can't write to ${folder} (${(error as NodeJS.ErrnoException).code})`;
  }
}
