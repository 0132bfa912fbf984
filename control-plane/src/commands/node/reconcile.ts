// Does once, for files of Kubernetes objects, what a node's agent does for a cluster: orders links, marks pods, loads the scavenger.
import { desiredNode } from "../../agent/desired-node.ts";
import { isActive, type NodeReport } from "../../agent/node-report.ts";
import { nodeReconciler } from "../../agent/reconcile-node.ts";
import { readDocuments } from "../../files/documents.ts";
import { loadSnapshot } from "../../files/snapshot.ts";
import { scavengerObject } from "../../node/scavenger-object.ts";
import { UserError } from "../user-error.ts";
import { checkNamespaces } from "./check-namespaces.ts";

export type ReconcileOptions = {
  readonly file: readonly string[];
  /** The folder of the pods' network namespaces. */
  readonly namespaces: string;
  /** The scavenger's BPF object. */
  readonly scavenger?: string;
};

/** Every pod of the files counts as one of this node. @throws UserError */
export async function nodeReconcile({ file, ...place }: ReconcileOptions): Promise<NodeReport> {
  checkNamespaces(place.namespaces);
  const loaded = loadSnapshot(readDocuments(file));
  if ("problems" in loaded) throw new UserError(loaded.problems);
  const { ladder, pods } = loaded.snapshot;
  return reconciler(place)(desiredNode({ labels: {}, ladder, pods, levelPods: pods }));
}

/** Removes everything of Expedite's from this machine's namespaces, and the scavenger. @throws UserError */
export async function nodeRelease(place: Omit<ReconcileOptions, "file">): Promise<NodeReport> {
  checkNamespaces(place.namespaces);
  return reconciler(place)(desiredNode({ labels: {}, pods: [], levelPods: [] }));
}

function reconciler({ namespaces, scavenger = scavengerObject }: Omit<ReconcileOptions, "file">) {
  return nodeReconciler({ folder: namespaces, interval: 0, scavenger });
}

export function describeReport({ links, pods, removed, problems, scavenger }: NodeReport): string {
  const states = [...links, ...pods].map((state) => {
    const pod = state.pod === undefined ? "" : `${state.namespace}/${state.pod}`;
    const place = "link" in state ? [state.link, pod].filter((part) => part !== "").join(" ") : pod;
    if (!isActive(state)) return `${place}: ${state.reason}: ${state.problem}`;
    return `${place}: ${state.changed.length === 0 ? "unchanged" : `changed: ${state.changed.join(", ")}`}`;
  });
  const algorithm = scavenger?.algorithm ?? "nothing";
  const why = scavenger !== undefined && "reason" in scavenger ? ` (${scavenger.reason}: ${scavenger.problem})` : "";
  return [
    ...states,
    ...(scavenger === undefined ? [] : [`connections that yield use ${algorithm}${why}`]),
    ...removed.map((what) => `removed: ${what}`),
    ...problems.map(({ reason, problem }) => `${reason}: ${problem}`),
  ].join("\n");
}
