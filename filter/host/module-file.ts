// Finds the compiled filter: filter/dist in a checkout. In a package, release/bundle.ts puts it where the same path leads from the bundled
// programs; a single executable has release/executable/module-inside.ts in place of this file.
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const fileOf = (name: string): string => fileURLToPath(new URL(`../dist/${name}`, import.meta.url));
const read = (file: string): Uint8Array<ArrayBuffer> => new Uint8Array(readFileSync(file));

/** Absolute; empty if the module is in no file of its own. */
export const moduleFile: string = fileOf("filter.wasm");

/** @throws when the filter is not built */
export const readModule = (): Uint8Array<ArrayBuffer> => read(moduleFile);

/**
 * The module for proxies without a request queue: smaller, and a request enters it once (docs/adr/0052-a-module-without-queue.md).
 * @throws when the filter is not built
 */
export const readModuleWithoutQueue = (): Uint8Array<ArrayBuffer> => read(fileOf("filter-without-queue.wasm"));
