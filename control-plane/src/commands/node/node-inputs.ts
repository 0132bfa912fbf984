// Reads what an agent would read of a node: from files of Kubernetes objects, or once from the cluster.
import { setTimeout as sleep } from "node:timers/promises";
import { node as nodeSchema } from "../../api/kubernetes.ts";
import { formatProblem, parse, valueAt } from "../../api/parse.ts";
import { releaseAnnotation } from "../../core/labels.ts";
import type { NodeInputs } from "../../core/node-inputs.ts";
import { readDocuments, type SourceDocument } from "../../files/documents.ts";
import { loadSnapshot } from "../../files/snapshot.ts";
import { watchNode } from "../../kube/node-watch.ts";
import { connectApiServer } from "../../program/api-connection.ts";
import { dedicatedLevel } from "../../translate/pods.ts";
import { UserError } from "../user-error.ts";

type Undecided = { readonly undecided: string };

/** @throws UserError if the files have no such Node or are wrong */
export function inputsOfFiles(files: readonly string[], name: string): NodeInputs {
  const { documents, problems } = readDocuments(files);
  const isNode = ({ value }: SourceDocument): boolean => valueAt(value, ["kind"]) === "Node";
  const loaded = loadSnapshot({ documents: documents.filter((document) => !isNode(document)), problems });
  if ("problems" in loaded) throw new UserError(loaded.problems);
  const nodes = documents.filter(isNode);
  const own = nodes.find(({ value }) => valueAt(value, ["metadata", "name"]) === name);
  if (own === undefined) {
    const there = nodes.map(({ value }) => valueAt(value, ["metadata", "name"])).join(", ") || "none";
    throw new UserError([`--node: the files have no Node "${name}"; there are: ${there}`]);
  }
  const parsed = parse(nodeSchema, own.value);
  if ("problems" in parsed)
    throw new UserError(
      parsed.problems.map((problem) => `${own.where(problem.path)}: Node ${name}: ${formatProblem(problem)}`),
    );
  const { ladder, pods } = loaded.snapshot;
  const release = ladder.metadata.annotations?.[releaseAnnotation];
  return {
    labels: parsed.value.metadata.labels ?? {},
    ...(release === undefined ? { ladder } : { release }),
    pods: pods.filter(({ spec }) => spec.nodeName === name),
    levelPods: pods.filter((pod) => dedicatedLevel(pod) !== undefined),
  };
}

/** Milliseconds until the API server has to have answered. */
const patience = 15_000;

/** @throws UserError with the reason if the cluster does not answer, or nothing can be decided */
export async function inputsOfCluster(kubeconfig: string | undefined, node: string): Promise<NodeInputs> {
  const server = await connectApiServer(kubeconfig);
  const watch = watchNode({ server, node, changed: () => undefined });
  try {
    let found: NodeInputs | Undecided = watch.inputs();
    for (const end = performance.now() + patience; "undecided" in found && performance.now() < end; ) {
      const [problem] = Object.entries(watch.problems());
      if (problem !== undefined) throw new UserError([`${problem[0]}: ${problem[1].message}`]);
      await sleep(50);
      found = watch.inputs();
    }
    if ("undecided" in found) throw new UserError([found.undecided]);
    return found;
  } finally {
    await watch.stop();
  }
}
