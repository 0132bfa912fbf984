// Finds the filter's Wasm module: the one that --filter names, or the one that came with this program.
import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { moduleFile } from "@expedite/filter/host/module-file.ts";
import { UserError } from "./user-error.ts";

export function filterFile(option: string | undefined): string {
  const file = option === undefined ? moduleFile : resolve(option);
  if (!existsSync(file)) throw new UserError([`--filter: ${file} does not exist; build it with: npm run build`]);
  return file;
}
