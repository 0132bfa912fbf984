// Reads from the manifests what the chart's values say by default, so that both say the same.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parseAllDocuments } from "yaml";
import { repository } from "../bundle.ts";

type Resources = Readonly<Record<"requests" | "limits", Readonly<Record<string, string>>>>;

export interface Workload {
  readonly resources: Resources;
  /** NODE_OPTIONS. */
  readonly nodeOptions: string;
  readonly priorityClassName: string;
}

type PodSpec = {
  readonly priorityClassName?: string;
  readonly containers: readonly {
    readonly resources: Resources;
    readonly env: readonly { readonly name: string; readonly value?: string }[];
  }[];
};

/** `file`: in manifests/, with one Deployment or DaemonSet of one container. @throws when it has none */
export function workloadOf(file: string): Workload {
  const text = readFileSync(join(repository, "manifests", file), "utf8");
  const objects = parseAllDocuments(text).map((document) => document.toJS());
  const { priorityClassName = "", containers } = objects.find(({ spec }) => spec?.template !== undefined).spec.template
    .spec as PodSpec;
  const [{ resources, env }] = containers as [PodSpec["containers"][number]];
  const nodeOptions = env.find(({ name }) => name === "NODE_OPTIONS")?.value ?? "";
  return { resources, nodeOptions, priorityClassName };
}
