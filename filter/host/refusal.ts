// Asserts that schema and filter refuse a bad configuration at the same path, and the filter with the expected message.
import assert from "node:assert/strict";
import { routeList } from "../config/route-list.ts";
import { filterConfig } from "../config/schema.ts";
import { startFilterVm } from "./filter-vm.ts";
import { filterModule } from "./sidecar.ts";

/** The configuration, the path that is named ("" for the whole), and the filter's message. */
export type Refusal = readonly [config: unknown, path: string, words: string];

/** zod's paths in the filter's notation. */
export function pathText(path: readonly PropertyKey[]): string {
  const text = path.map((part) => (typeof part === "number" ? `[${part}]` : `.${String(part)}`)).join("");
  return text.replace(/^\./, "");
}

type Issues = { readonly success: boolean; readonly error?: { readonly issues: readonly { path: PropertyKey[] }[] } };

function assertBothRefuse(read: Issues, text: string, what: string, path: string, words: string): void {
  assert.equal(read.success, false);
  assert.equal(pathText(read.error?.issues[0]?.path ?? []), path);
  const { accepted, logs } = startFilterVm({ module: filterModule }).configure(text);
  assert.equal(accepted, false);
  assert.equal(logs.length, 1);
  const start = `expedite: ${what} refused: ${path === "" ? "" : `${path}: `}${words}`;
  assert.equal(logs[0]?.slice(0, start.length), start);
}

export function assertRefused([config, path, words]: Refusal): void {
  assertBothRefuse(filterConfig.safeParse(config) as Issues, JSON.stringify(config), "configuration", path, words);
}

/** @param config the text of a valid configuration */
export function assertListRefused(config: string, [list, path, words]: Refusal): void {
  const text = `${config}\n${JSON.stringify(list)}`;
  assertBothRefuse(routeList.safeParse(list) as Issues, text, "route list", path, words);
}
