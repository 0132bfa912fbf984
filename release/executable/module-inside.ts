// In a single executable, takes the place of filter/host/module-file.ts: the filter is an asset of the executable.
import { getRawAsset } from "node:sea";

export const moduleFile: string = "";

/** A copy, because the asset itself can't be written to. */
export const readModule = (): Uint8Array<ArrayBuffer> =>
  new Uint8Array(getRawAsset("filter.wasm") as ArrayBuffer).slice();
