// Finds the compiled filter: filter/dist/filter.wasm in a checkout. In a package, release/bundle.ts puts it where the same path leads from
// the bundled programs.
import { fileURLToPath } from "node:url";

/** Absolute. */
export const moduleFile: string = fileURLToPath(new URL("../dist/filter.wasm", import.meta.url));
