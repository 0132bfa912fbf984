// Asks an API server about what Expedite makes for random meshes: every object is applied as the controller applies it, but as a dry run,
// so that nothing is stored. The cluster is that of KUBECONFIG; the refusals are printed as JSON.
import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { filterFile } from "@expedite/control-plane/src/commands/filter-file.ts";
import { digest } from "@expedite/control-plane/src/core/digest.ts";
import type { Manifest } from "@expedite/control-plane/src/core/manifest.ts";
import { connect } from "@expedite/control-plane/src/kube/cluster.ts";
import { previewOf } from "@expedite/control-plane/src/kube/dry-run.ts";
import { preflight } from "@expedite/control-plane/src/preflight/preflight.ts";
import { moduleOf } from "@expedite/control-plane/src/render/istio/filter.ts";
import { renderedFor } from "./expedite-objects.ts";
import { randomMesh } from "./mesh/random-mesh.ts";

export type DryRun = {
  /** Number of objects by kind. */
  readonly objects: Readonly<Record<string, number>>;
  /** Number of distinct objects; the API server is asked about each once. */
  readonly distinct: number;
  readonly refused: readonly { readonly seed: number; readonly object: string; readonly reason: string }[];
};

/** The number of meshes with the real module: its bytes are the same in each, and most of what is sent. */
const withModule = 25;

/** Number of requests in flight at a time. */
const concurrent = 8;

const { values } = parseArgs({
  options: { meshes: { type: "string", default: "500" }, seed: { type: "string", default: "1" } },
});
const first = Number(values.seed);
const preview = previewOf(connect({}).server);
const bytes = new Uint8Array(readFileSync(filterFile(process.env.EXPEDITE_FILTER)));
const module = moduleOf(bytes);
const shortModule = moduleOf(bytes.subarray(0, 4));
const refuse = preflight(bytes);

const objects: Record<string, number> = {};
const asked = new Set<string>();
const refused: DryRun["refused"][number][] = [];

function* manifests(): Generator<readonly [seed: number, manifest: Manifest]> {
  for (let seed = first; seed < first + Number(values.meshes); seed++) {
    const { manifests: made } = renderedFor(randomMesh(seed).mesh, seed < first + withModule ? module : shortModule);
    for (const manifest of made) yield [seed, manifest];
  }
}

/** Undefined if the object is accepted. */
async function reasonAgainst(manifest: Manifest): Promise<string | undefined> {
  const [problem] = refuse(manifest);
  if (problem !== undefined) return `the filter refuses its configuration: ${problem}`;
  try {
    return (await preview.applied(manifest)) === undefined ? "its namespace is missing" : undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

const all = manifests();
const work = async (): Promise<void> => {
  for (const [seed, manifest] of all) {
    const { kind, metadata } = manifest;
    objects[kind] = (objects[kind] ?? 0) + 1;
    const key = digest(JSON.stringify(manifest), 64);
    if (asked.has(key)) continue;
    asked.add(key);
    const reason = await reasonAgainst(manifest);
    if (reason !== undefined) refused.push({ seed, object: `${kind} ${metadata.namespace}/${metadata.name}`, reason });
  }
};
await Promise.all(Array.from({ length: concurrent }, work));
console.log(JSON.stringify({ objects, distinct: asked.size, refused } satisfies DryRun));
