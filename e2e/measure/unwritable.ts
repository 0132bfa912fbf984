// Checks before a run, rather than after it, that a results file can be written.
import { accessSync, constants, existsSync, statSync } from "node:fs";
import { dirname, resolve } from "node:path";
import type { Command } from "commander";

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

/** @throws CommanderError if a bench's --json was given, and can't be written */
export function refuseUnwritable(program: Command, json: string | undefined): void {
  const reason = json === undefined ? undefined : unwritable(json);
  if (reason !== undefined) program.error(`error: --json ${json}: ${reason}`);
}
