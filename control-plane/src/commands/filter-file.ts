// Finds the filter's Wasm module: the one that --filter names, or the one that came with this program.
import { existsSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { moduleFile, readModule } from "@expedite/filter/host/module-file.ts";
import { UserError } from "./user-error.ts";

/** The file, for an Envoy that loads it. @throws UserError when there is none */
export function filterFile(option: string | undefined): string {
  const file = option === undefined ? moduleFile : resolve(option);
  if (file === "")
    throw new UserError(["--filter: name the filter's Wasm module, which is in no file of its own here"]);
  if (!existsSync(file)) throw new UserError([`--filter: ${file} does not exist; build it with: npm run build`]);
  return file;
}

/** The module itself. @throws UserError when there is none */
export function filterModule(option: string | undefined): Uint8Array<ArrayBuffer> {
  if (option === undefined && moduleFile === "") return readModule();
  return new Uint8Array(readFileSync(filterFile(option)));
}
