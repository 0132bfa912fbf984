// Reconciles a node: finds the pods' namespaces, brings each to its desired state, and reports the state of every link and pod.
import { release } from "node:os";
import type { Inactive } from "../core/link-state.ts";
import type { ScavengerState } from "../core/scavenger.ts";
import { inNamespace, type Run } from "../node/namespace.ts";
import { type NamespaceAddresses, readHost } from "../node/pod-namespaces.ts";
import type { DesiredNode, DesiredPod } from "./desired-node.ts";
import { findPods } from "./find-pods.ts";
import { type Actions, allInactive, changing, type DesiredNamespace, type NamespaceReport } from "./namespace.ts";
import type { LinkState, NodeReport, PodState } from "./node-report.ts";
import { namespacesReconciler, type Task } from "./reconcile-namespaces.ts";

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
  /** The file of the scavenger's BPF object. Absent: it is neither loaded nor removed. */
  readonly scavenger?: string;
  /** Absent: changing. */
  readonly actions?: Actions;
};

/** The release of the kernel from which on rules can match a DSCP. Older ones would ignore it, and match everything. */
const byDscp = "6.12".localeCompare(release(), "en", { numeric: true }) <= 0;

export type NodeReconciler = (desired: DesiredNode) => Promise<NodeReport>;

/**
 * Remembers only what saves work: which namespace belongs to which pod, what was in order, and where nothing of Expedite's is. Calls must
 * not overlap.
 */
export function nodeReconciler(options: NodeOptions): NodeReconciler {
  const { folder, enter = inNamespace, interval, now = () => performance.now(), actions = changing } = options;
  const host = options.host ?? enter(undefined)!;
  const object = options.scavenger;
  const scavenger =
    object === undefined ? undefined : actions.scavenger({ run: host, object, retry: 10 * interval, now });
  const reconcile = namespacesReconciler({ folder, enter, actions, interval, now });
  let known: readonly NamespaceAddresses[] = [];

  return async ({ uplinks, pods, inactiveLinks, inactivePods, wantsScavenger }) => {
    // Before the routes that name it; and it is removed after them.
    const state = wantsScavenger ? await scavenger?.load() : undefined;
    const inside = (pod: DesiredPod | undefined): DesiredNamespace => insidePod(pod, exempt, state?.algorithm);
    const { inode, addresses } = await readHost(host);
    const exempt = [...addresses].sort();
    const found = await findPods(pods, { folder, host: inode, known });
    known = found.namespaces;
    const report: Draft = {
      ...{ links: [...inactiveLinks], pods: [...inactivePods], removed: [], problems: [] },
      ...(state === undefined ? {} : { scavenger: state }),
    };
    for (const { pod, why } of found.missing) addPod(report, pod, allInactive(inside(pod), why));
    const tasks: readonly Task[] = [
      { id: { name: "", inode }, desired: { links: uplinks, hasSysfs: true }, host },
      ...found.namespaces.map((id) => ({ id, desired: inside(found.owners.get(id)) })),
    ];
    const [ofHost, ...ofPods] = await reconcile(tasks);
    report.links.push(...ofHost!.links.map(({ link, state }) => ({ link, ...state })));
    for (const [index, result] of ofPods.entries()) {
      const pod = found.owners.get(found.namespaces[index]!);
      if (pod !== undefined) addPod(report, pod, result);
    }
    const unloaded = wantsScavenger || scavenger === undefined ? [] : [await scavenger.remove()];
    for (const { removed, problem } of [ofHost!, ...ofPods, ...unloaded]) {
      report.removed.push(...removed);
      // Links and pods that are gone need no repair.
      if (problem !== undefined && problem.reason !== "NamespaceGone") report.problems.push(problem);
    }
    return sorted(report);
  };
}

type Draft = {
  links: LinkState[];
  pods: PodState[];
  removed: string[];
  problems: Inactive[];
  scavenger?: ScavengerState;
};

/** `pod`: undefined if the namespace belongs to none that is to be changed. */
function insidePod(
  pod: DesiredPod | undefined,
  exempt: readonly string[],
  algorithm: string | undefined,
): DesiredNamespace {
  if (pod === undefined) return { links: [], hasSysfs: false };
  const { links, mark, dscps, yields } = pod;
  return {
    links,
    pod: {
      ...{ exempt, dscps },
      ...(mark === undefined ? {} : { mark }),
      ...(yields === undefined || algorithm === undefined ? {} : { yields: { ...yields, algorithm, byDscp } }),
    },
    hasSysfs: false,
  };
}

function addPod(report: Draft, { pod, namespace, mark }: DesiredPod, result: NamespaceReport): void {
  for (const { link, state } of result.links) report.links.push({ link, pod, namespace, ...state });
  if (result.pod === undefined) return;
  const { yields } = result;
  if (yields !== undefined && "reason" in yields)
    report.problems.push({ ...yields, problem: `${namespace}/${pod}: ${yields.problem}` });
  report.pods.push({
    ...{ pod, namespace, ...(mark === undefined ? {} : { level: mark.level }), ...result.pod },
    ...("reason" in result.pod || yields === undefined || "reason" in yields
      ? {}
      : { changed: [...result.pod.changed, ...yields.changed] }),
  });
}

function sorted({ links, pods, removed, problems, ...scavenger }: Draft): NodeReport {
  const by = (state: { link?: string; namespace?: string; pod?: string }): string =>
    JSON.stringify([state.link ?? "", state.namespace ?? "", state.pod ?? ""]);
  const inOrder = <T extends object>(states: readonly T[]): T[] => states.toSorted((a, b) => (by(a) < by(b) ? -1 : 1));
  return { links: inOrder(links), pods: inOrder(pods), removed: removed.toSorted(), problems, ...scavenger };
}
