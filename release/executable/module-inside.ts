// In a single executable, takes the place of filter/host/module-file.ts: the filter is in assets of the executable.
import { getRawAsset } from "node:sea";

export const moduleFile: string = "";

/** A copy, because the asset itself can't be written to. */
const read = (asset: string): Uint8Array<ArrayBuffer> => new Uint8Array(getRawAsset(asset) as ArrayBuffer).slice();

export const readModule = (): Uint8Array<ArrayBuffer> => read("filter.wasm");

export const readModuleWithoutQueue = (): Uint8Array<ArrayBuffer> => read("filter-without-queue.wasm");
