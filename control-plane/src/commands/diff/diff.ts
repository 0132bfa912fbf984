// Compares what the controller would write, for the cluster's own policies or for files, with what it has written in the cluster.
import pLimit from "p-limit";
import { isManaged, type Manifest } from "../../core/manifest.ts";
import type { Plan } from "../../core/plan.ts";
import { connect } from "../../kube/cluster.ts";
import { type Preview, previewOf, type StoredObject } from "../../kube/dry-run.ts";
import type { Kubeconfig } from "../../kube/kubeconfig.ts";
import { istioObjects } from "../istio-objects.ts";
import { planOfFiles } from "../plan-of-files.ts";
import { UserError } from "../user-error.ts";
import { compare, type ObjectDifference, type Pair, titleOf } from "./compare.ts";
import { meshConfigOf } from "./mesh-config.ts";
import { planOfCluster } from "./plan-of-cluster.ts";

export type DiffOptions = Kubeconfig & {
  /** The controller's. */
  readonly namespace: string;
  /** If absent, the cluster's own policies. */
  readonly file?: readonly string[];
  readonly filter?: string;
};

export type Diff = {
  readonly cluster: string;
  readonly isSame: boolean;
  /** Filters first, then clusters, then routes. */
  readonly differences: readonly ObjectDifference[];
  /** Number of objects without a difference. */
  readonly same: number;
  readonly warnings: readonly string[];
};

/** @throws UserError with what is wrong in files or prevents the comparison; Error when the API server does not answer, or refuses */
export async function runDiff(options: DiffOptions, say: (what: string) => void = () => {}): Promise<Diff> {
  const { file } = options;
  const cluster = connect(options);
  const { server } = cluster;
  say("asking istiod for its mesh config");
  const { mesh, warnings: unasked } = await meshConfigOf(cluster, options.namespace);
  say("reading policies and what they refer to");
  const { plan, warnings } = file === undefined ? await planOfCluster(server, mesh) : planOfFiles(file, mesh);
  const { wanted, withheld } = wantedOf(plan, options);
  const pairs = await pairsOf({ preview: previewOf(server), wanted, withheld, say });
  const differences = compare(pairs);
  return {
    cluster: cluster.name,
    isSame: differences.length === 0,
    differences,
    same: pairs.length - differences.length,
    warnings: [...unasked, ...warnings, ...withheld.values()],
  };
}

type Wanted = { readonly wanted: readonly Manifest[]; readonly withheld: ReadonlyMap<string, string> };

/** A namespace whose configuration the filter refuses does not change: the controller writes nothing there. */
function wantedOf(plan: Plan | undefined, { filter }: DiffOptions): Wanted {
  if (plan === undefined) return { wanted: [], withheld: new Map() };
  const { manifests, refused } = istioObjects(plan, filter);
  return {
    wanted: manifests,
    withheld: new Map(refused.map((one) => [one.namespace, `${one.problem}; nothing is written to ${one.namespace}`])),
  };
}

/** Number of concurrent requests to the API server. */
const concurrency = 8;

type Comparison = Wanted & { readonly preview: Preview; readonly say: (what: string) => void };

async function pairsOf({ preview, wanted, withheld, say }: Comparison): Promise<readonly Pair[]> {
  const isWritten = ({ metadata }: Manifest | StoredObject): boolean => !withheld.has(metadata.namespace);
  const ours = (await preview.ours()).filter(isWritten);
  const key = ({ kind, metadata: { namespace, name } }: Manifest | StoredObject): string =>
    titleOf({ kind, namespace, name });
  const there = new Map(ours.map((object) => [key(object), object]));
  const compared = wanted.filter(isWritten);
  const kept = new Set(compared.map(key));
  const pairs: Pair[] = ours.filter((object) => !kept.has(key(object))).map((before) => ({ before }));
  const problems: string[] = [];
  let begun = 0;
  await pLimit(concurrency).map(compared, async (manifest) => {
    say(`comparing ${++begun} of ${compared.length} objects`);
    try {
      pairs.push(await pairOf(preview, manifest, there.get(key(manifest))));
    } catch (error) {
      problems.push(`${key(manifest)}: ${(error as Error).message}`);
    }
  });
  if (problems.length > 0) throw new UserError(problems.sort());
  return pairs;
}

async function pairOf(preview: Preview, manifest: Manifest, there: StoredObject | undefined): Promise<Pair> {
  const before = there ?? (await preview.current(manifest));
  if (before !== undefined && !isManaged(before))
    throw new Error("was not written by Expedite, and is left alone; rename or remove it");
  // In a namespace that does not exist yet, the object will be exactly as requested.
  const after = (await preview.applied(manifest)) ?? manifest;
  return before === undefined ? { after } : { before, after };
}
