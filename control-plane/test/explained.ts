// What `expedite explain` says about requests, for tests: the files that it reads, and the real filter that answers.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { after } from "node:test";
import { type ExplainOptions, explainRequest } from "../src/commands/explain/explain-request.ts";
import type { Explanation } from "../src/commands/explain/explanation/explanation.ts";
import { text } from "../src/commands/explain/explanation/text.ts";
import { filterFile } from "./envoy.ts";

/** Gone after the tests. */
export const folder = mkdtempSync(join(tmpdir(), "expedite-"));
after(() => rmSync(folder, { recursive: true }));

export const ladder = join(import.meta.dirname, "../../docs/reference/rules/ladder.yaml");

let files = 0;
export function file(content: string): string {
  const path = join(folder, `${files++}.yaml`);
  writeFileSync(path, content);
  return path;
}

export type Options = Partial<ExplainOptions>;

/** `content`: a file, read beside the ladder. @throws UserError */
export const explained = (content: string, options: Options = {}): Explanation =>
  explainRequest({ file: [ladder, content], method: "GET", path: "/", filter: filterFile, ...options });

/** The output without a terminal, as when it is piped into a file. */
export const lines = (content: string, options: Options = {}): readonly string[] =>
  text(explained(content, options), new PassThrough()).split("\n");
