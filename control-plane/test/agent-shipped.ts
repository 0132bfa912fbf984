// Makes the agent's program as its image contains it, and reads the environment that its manifest gives it.
import { mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseAllDocuments } from "yaml";
import { repository, scriptOf, writeBundle } from "../../release/bundle.ts";

export type Shipped = {
  readonly script: string;
  /** Variables with a literal value, such as NODE_OPTIONS. */
  readonly environment: Readonly<Record<string, string>>;
};

export async function shippedAgent(): Promise<Shipped> {
  const folder = mkdtempSync(join(tmpdir(), "expedite-agent-"));
  await writeBundle(folder);
  const documents = parseAllDocuments(readFileSync(join(repository, "manifests/agent.yaml"), "utf8"));
  const daemonSet = documents.map((document) => document.toJS()).find(({ kind }) => kind === "DaemonSet");
  const variables = daemonSet.spec.template.spec.containers[0].env as readonly { name: string; value?: string }[];
  const literal = variables.flatMap(({ name, value }) => (value === undefined ? [] : [[name, value] as const]));
  return { script: join(folder, scriptOf("expedite-agent")), environment: Object.fromEntries(literal) };
}
