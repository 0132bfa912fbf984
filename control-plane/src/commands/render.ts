// In: files of Kubernetes objects and a target. Out: one JSON file per proxy or link; warnings on stderr; nothing where an object is refused.
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { reasons } from "../api/reasons.ts";
import type { Plan } from "../core/plan.ts";
import { readDocuments } from "../files/documents.ts";
import { loadSnapshot } from "../files/snapshot.ts";
import { limits, renderEnvoy } from "../render/envoy/bootstrap.ts";
import { renderNode } from "../render/node/render.ts";
import { translate } from "../translate/translate.ts";
import { filterFile } from "./filter-file.ts";
import { UserError } from "./user-error.ts";

export type RenderOptions = {
  readonly file: readonly string[];
  readonly target: "envoy" | "node";
  readonly output: string;
  readonly filter?: string;
};

export type Rendered = { readonly files: readonly string[]; readonly warnings: readonly string[] };
type OutputFile = { readonly name: string; readonly content: unknown };

/** Throws a UserError with every problem; then nothing was written. */
export function render(options: RenderOptions): Rendered {
  const loaded = loadSnapshot(readDocuments(options.file));
  if ("problems" in loaded) throw new UserError(loaded.problems);

  const { plan, verdicts } = translate(loaded.snapshot);
  const refused = verdicts.filter((verdict) => reasons[verdict.reason].refused);
  if (refused.length > 0) throw new UserError(refused.map(loaded.describe));

  const warnings = verdicts.map((verdict) => `${loaded.describe(verdict)} (${verdict.reason})`);
  return options.target === "envoy"
    ? { files: write(options.output, envoyFiles(plan, options.filter)), warnings: [...warnings, ...limits(plan)] }
    : { files: write(options.output, nodeFiles(plan)), warnings };
}

function envoyFiles(plan: Plan, filter: string | undefined): OutputFile[] {
  // Off renders no filter, and needs none.
  const file = plan.mode === "Off" ? "" : filterFile(filter);
  return renderEnvoy(plan, file).map(({ pod, bootstrap }) => ({ name: pod, content: bootstrap }));
}

function nodeFiles(plan: Plan): OutputFile[] {
  return renderNode(plan).map(({ name, program }) => ({ name, content: program }));
}

function write(folder: string, files: readonly OutputFile[]): string[] {
  const names = files.map((file) => file.name);
  const twice = names.filter((name, index) => names.indexOf(name) < index);
  if (twice.length > 0)
    throw new UserError(
      twice.map((name) => `${name}.json would be written twice, for pods of two namespaces: render one at a time`),
    );
  mkdirSync(folder, { recursive: true });
  return files.map(({ name, content }) => {
    const file = join(folder, `${name}.json`);
    writeFileSync(file, `${JSON.stringify(content, null, 2)}\n`);
    return file;
  });
}
