// Finds the filter's Wasm module: the one that --filter names, or the one that was built here.
import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { UserError } from "./user-error.ts";

/** The default is where `npm run build` writes the module. */
export function filterFile(option: string | undefined): string {
  const file = option === undefined ? built() : resolve(option);
  if (!existsSync(file)) throw new UserError([`--filter: ${file} does not exist; build it with: npm run build`]);
  return file;
}

function built(): string {
  return fileURLToPath(new URL("../../../filter/dist/filter.wasm", import.meta.url));
}
