// Finds the compiled filter: filter/dist/filter.wasm in a checkout. In a package, release/bundle.ts puts it where the same path leads from
// the bundled programs; a single executable has release/executable/module-inside.ts in place of this file.
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** Absolute; empty if the module is in no file of its own. */
export const moduleFile: string = fileURLToPath(new URL("../dist/filter.wasm", import.meta.url));

/** @throws when the filter is not built */
export const readModule = (): Uint8Array<ArrayBuffer> => new Uint8Array(readFileSync(moduleFile));
