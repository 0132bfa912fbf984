// Renders files of Kubernetes objects for a target: one file per proxy, link or object. Nothing is written if an object is refused.
import type { EnvoyPlan, Plan } from "../../core/plan.ts";
import { limits, renderEnvoy } from "../../render/envoy/bootstrap.ts";
import { renderNode } from "../../render/node/render.ts";
import { filterFile } from "../filter-file.ts";
import { planOfFiles } from "../plan-of-files.ts";
import { istioFiles } from "./istio-files.ts";
import { json, type OutputFile, write } from "./output-file.ts";

export type RenderOptions = {
  readonly file: readonly string[];
  readonly target: "envoy" | "istio" | "node";
  readonly output: string;
  readonly filter?: string;
  /** A fact that no file contains. */
  readonly clusterDomain?: string;
};

type Rendered = { readonly files: readonly string[]; readonly warnings: readonly string[] };

/** @throws UserError with every problem, having written nothing */
export function render(options: RenderOptions): Rendered {
  const { plan, warnings } = planOfFiles(options.file, undefined, options);
  const files = {
    envoy: () => envoyFiles(plan, options.filter),
    istio: () => istioFiles(plan, options.filter),
    node: () => nodeFiles(plan),
  }[options.target]();
  const limited = options.target === "envoy" ? limits(plan) : [];
  return { files: write(options.output, files), warnings: [...warnings, ...limited] };
}

function envoyFiles(plan: EnvoyPlan, filter: string | undefined): OutputFile[] {
  // Mode Disabled renders no filter, and needs none.
  const file = plan.mode === "Disabled" ? "" : filterFile(filter);
  return renderEnvoy(plan, file).map(({ name, bootstrap }) => json(name, bootstrap));
}

function nodeFiles(plan: Plan): OutputFile[] {
  return renderNode(plan).map(({ name, program }) => json(name, program));
}
