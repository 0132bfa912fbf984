// Reconciles a node: finds the pods' namespaces, brings each to its desired state, and reports the state of every link and pod.
import pLimit from "p-limit";
import type { Inactive } from "../core/link-state.ts";
import { inNamespace, namespacesAtOnce, type Run } from "../node/namespace.ts";
import { type NamespaceAddresses, readHost } from "../node/pod-namespaces.ts";
import type { KernelSupport } from "../node/write-queues.ts";
import type { DesiredNode, DesiredPod } from "./desired-node.ts";
import { findPods } from "./find-pods.ts";
import { allInactive, type DesiredNamespace, type NamespaceReport, reconcileNamespace } from "./namespace.ts";
import { namespaceMemory } from "./namespace-memory.ts";
import type { LinkState, NodeReport, PodState } from "./node-report.ts";

export type NodeOptions = {
  /** Runs in the host's network namespace, which is the agent's own. Absent: the current one. */
  readonly host?: Run;
  /** The folder of the pods' network namespaces. */
  readonly folder: string;
  /** Absent: inNamespace. Tests put a function of their own in between. */
  readonly enter?: typeof inNamespace;
  /** Milliseconds between two searches for changes that others made on the node. */
  readonly interval: number;
  /** In milliseconds, and only forward. Absent: performance.now. */
  readonly now?: () => number;
};

export type NodeReconciler = (desired: DesiredNode) => Promise<NodeReport>;

/**
 * Remembers only what saves work: which namespace belongs to which pod, what was in order, and where nothing of Expedite's is. Calls must
 * not overlap.
 */
export function nodeReconciler(options: NodeOptions): NodeReconciler {
  const { folder, enter = inNamespace, interval, now = () => performance.now() } = options;
  const host = options.host ?? enter(undefined)!;
  const memory = namespaceMemory({ interval, now });
  const kernel: KernelSupport = {};
  let known: readonly NamespaceAddresses[] = [];

  async function reconcileOne({ id, run, desired, isRead = false }: Work): Promise<NamespaceReport> {
    const before = isRead ? undefined : memory.recall(id, desired);
    if (before !== undefined) return before;
    const inside = run();
    if (inside === undefined) return allInactive(desired, gone);
    const report = await reconcileNamespace(inside, desired, { kernel, devices: memory.devices(id) });
    memory.remember(id, desired, report);
    return report;
  }

  return async ({ uplinks, pods, inactiveLinks, inactivePods }) => {
    const { inode, addresses } = await readHost(host);
    const found = await findPods(pods, { folder, host: inode, known });
    known = found.namespaces;
    const exempt = [...addresses].sort();
    const report: Draft = { links: [...inactiveLinks], pods: [...inactivePods], removed: [], problems: [] };
    for (const { pod, why } of found.missing) addPod(report, pod, allInactive(insidePod(pod, exempt), why));
    const work: readonly Work[] = [
      // Events tell of most changes in the host's namespace, but not of rules, and the uplinks carry the packets of all pods.
      {
        id: { name: "", inode },
        run: () => host,
        desired: { links: uplinks, hasSysfs: true },
        isRead: uplinks.length > 0,
      },
      ...found.namespaces.map((id) => {
        const pod = found.owners.get(id);
        return { id, run: () => enter(id.name, folder), desired: insidePod(pod, exempt), pod };
      }),
    ];
    memory.retain(work.map(({ id }) => id));
    await pLimit(namespacesAtOnce).map(work, async (one) => {
      const result = await reconcileOne(one);
      if (one.pod !== undefined) addPod(report, one.pod, result);
      else report.links.push(...result.links.map(({ link, state }) => ({ link, ...state })));
      report.removed.push(...result.removed);
      // Links and pods that are gone need no repair.
      if (result.problem !== undefined && result.problem.reason !== "NamespaceGone")
        report.problems.push(result.problem);
    });
    return sorted(report);
  };
}

const gone = { reason: "NamespaceGone", problem: "the namespace vanished before it was looked into" } as const;

type Work = {
  /** The host's namespace has no name. */
  readonly id: { readonly name: string; readonly inode: number };
  readonly run: () => Run | undefined;
  readonly desired: DesiredNamespace;
  readonly pod?: DesiredPod | undefined;
  /** Whether it is read in any case. */
  readonly isRead?: boolean;
};

type Draft = { links: LinkState[]; pods: PodState[]; removed: string[]; problems: Inactive[] };

/** `pod`: undefined if the namespace belongs to none that is to be changed. */
function insidePod(pod: DesiredPod | undefined, exempt: readonly string[]): DesiredNamespace {
  if (pod === undefined) return { links: [], hasSysfs: false };
  const { links, mark } = pod;
  return { links, pod: { exempt, ...(mark === undefined ? {} : { mark }) }, hasSysfs: false };
}

function addPod(report: Draft, { pod, namespace, mark }: DesiredPod, result: NamespaceReport): void {
  for (const { link, state } of result.links) report.links.push({ link, pod, namespace, ...state });
  if (result.pod === undefined) return;
  report.pods.push({ pod, namespace, ...(mark === undefined ? {} : { level: mark.level }), ...result.pod });
}

function sorted({ links, pods, removed, problems }: Draft): NodeReport {
  const by = (state: { link?: string; namespace?: string; pod?: string }): string =>
    JSON.stringify([state.link ?? "", state.namespace ?? "", state.pod ?? ""]);
  const inOrder = <T extends object>(states: readonly T[]): T[] => states.toSorted((a, b) => (by(a) < by(b) ? -1 : 1));
  return { links: inOrder(links), pods: inOrder(pods), removed: removed.toSorted(), problems };
}
