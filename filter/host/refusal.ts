// A bad configuration enters, for tests; holds where schema and filter refuse it at the same path, the filter in these words.
import assert from "node:assert/strict";
import { filterConfig } from "../config/schema.ts";
import { startFilterVm } from "./filter-vm.ts";
import { filterModule } from "./sidecar.ts";

/** The configuration, the path that is named ("" for the whole), and the filter's words. */
export type Refusal = readonly [config: unknown, path: string, words: string];

function pathText(path: readonly PropertyKey[]): string {
  const text = path.map((part) => (typeof part === "number" ? `[${part}]` : `.${String(part)}`)).join("");
  return text.replace(/^\./, "");
}

export function assertRefused([config, path, words]: Refusal): void {
  const read = filterConfig.safeParse(config);
  assert.equal(read.success, false);
  assert.equal(pathText(read.error?.issues[0]?.path ?? []), path);
  const { accepted, logs } = startFilterVm({ module: filterModule }).configure(JSON.stringify(config));
  assert.equal(accepted, false);
  assert.equal(logs.length, 1);
  const start = `expedite: configuration refused: ${path === "" ? "" : `${path}: `}${words}`;
  assert.equal(logs[0]?.slice(0, start.length), start);
}
