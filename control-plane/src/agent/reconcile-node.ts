// Reconciles a node: finds the pods' namespaces, brings each to its desired state, and reports the state of every link and pod.
import pLimit from "p-limit";
import type { Inactive } from "../core/link-state.ts";
import { inNamespace, namespacesAtOnce, type Run } from "../node/namespace.ts";
import { type NamespaceAddresses, namespaceOf, readAddresses, readNamespaces } from "../node/pod-namespaces.ts";
import type { KernelSupport } from "../node/write-queues.ts";
import type { DesiredNode, DesiredPod } from "./desired-node.ts";
import { type NamespaceReport, reconcileNamespace } from "./namespace.ts";
import type { LinkState, NodeReport, PodState } from "./node-report.ts";

export type NodeOptions = {
  /** Runs in the host's network namespace, which is the agent's own. Absent: the current one. */
  readonly host?: Run;
  /** The folder of the pods' network namespaces. */
  readonly folder: string;
  /** Absent: inNamespace. Tests put a function of their own in between. */
  readonly enter?: typeof inNamespace;
};

export type NodeReconciler = (desired: DesiredNode) => Promise<NodeReport>;

/** Remembers only what saves work: which namespace belongs to which pod, and where nothing of Expedite's is. Calls must not overlap. */
export function nodeReconciler(options: NodeOptions): NodeReconciler {
  const { folder, enter = inNamespace } = options;
  const host = options.host ?? enter(undefined)!;
  let known: readonly NamespaceAddresses[] = [];
  let untouched: ReadonlySet<string> = new Set();
  const kernel: KernelSupport = {};

  return async (desired) => {
    const exempt = [...(await readAddresses(host))].sort();
    const namespaces = await readNamespaces(host, folder, known);
    const found = desired.pods.map((pod) => ({ pod, namespace: namespaceOf(pod.addresses, namespaces) }));
    const owned = found.flatMap(({ pod, namespace }) => ("reason" in namespace ? [] : [{ pod, namespace }]));
    const report = emptyReport(desired);
    const stillUntouched = new Set<string>();

    const work: readonly Work[] = [
      { key: "host", run: () => host, pod: undefined },
      ...namespaces.found.map((namespace) => ({
        key: keyOf(namespace),
        run: () => enter(namespace.name, folder),
        pod: owned.find((entry) => entry.namespace === namespace)?.pod,
      })),
    ];
    for (const { pod, namespace } of found) if ("reason" in namespace) addPod(report, pod, unfound(pod, namespace));
    await pLimit(namespacesAtOnce).map(work, async ({ key, run, pod }) => {
      const links = key === "host" ? desired.uplinks : (pod?.links ?? []);
      const isWanted = pod !== undefined || links.length > 0;
      if (!isWanted && untouched.has(key)) {
        stillUntouched.add(key);
        return;
      }
      const inside = run();
      if (inside === undefined) {
        if (pod !== undefined) addPod(report, pod, unfound(pod, gone));
        return;
      }
      const program = pod === undefined ? {} : { pod: { ...markOf(pod), exempt } };
      const result = await reconcileNamespace(inside, { links, ...program, hasSysfs: key === "host" }, { kernel });
      if (pod !== undefined) addPod(report, pod, result);
      else report.links.push(...result.links.map(({ link, state }) => ({ link, ...state })));
      report.removed.push(...result.removed);
      // Links and pods that are gone need no repair.
      if (result.problem !== undefined && result.problem.reason !== "NamespaceGone")
        report.problems.push(result.problem);
      if (!isWanted && result.problem === undefined) stillUntouched.add(key);
    });
    known = owned.map(({ namespace }) => namespace);
    untouched = stillUntouched;
    return sorted(report);
  };
}

const gone = { reason: "NamespaceGone", problem: "the namespace vanished before it was looked into" } as const;

type Work = { readonly key: string; readonly run: () => Run | undefined; readonly pod: DesiredPod | undefined };

type Draft = { links: LinkState[]; pods: PodState[]; removed: string[]; problems: Inactive[] };

function emptyReport({ inactiveLinks, inactivePods }: DesiredNode): Draft {
  return { links: [...inactiveLinks], pods: [...inactivePods], removed: [], problems: [] };
}

function addPod(report: Draft, { pod, namespace, mark }: DesiredPod, result: NamespaceReport): void {
  for (const { link, state } of result.links) report.links.push({ link, pod, namespace, ...state });
  if (result.pod === undefined) return;
  report.pods.push({ pod, namespace, ...(mark === undefined ? {} : { level: mark.level }), ...result.pod });
}

/** Everything of the pod is inactive for one reason. */
function unfound({ links }: DesiredPod, inactive: Inactive): NamespaceReport {
  return { links: links.map(({ link }) => ({ link, state: inactive })), pod: inactive, removed: [] };
}

function markOf({ mark }: DesiredPod): { readonly mark?: NonNullable<DesiredPod["mark"]> } {
  return mark === undefined ? {} : { mark };
}

function keyOf({ name, inode }: NamespaceAddresses): string {
  return `${name} ${inode}`;
}

function sorted({ links, pods, removed, problems }: Draft): NodeReport {
  const by = (state: { link?: string; namespace?: string; pod?: string }): string =>
    JSON.stringify([state.link ?? "", state.namespace ?? "", state.pod ?? ""]);
  const inOrder = <T extends object>(states: readonly T[]): T[] => states.toSorted((a, b) => (by(a) < by(b) ? -1 : 1));
  return { links: inOrder(links), pods: inOrder(pods), removed: removed.toSorted(), problems };
}
