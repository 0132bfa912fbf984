// Brings the network namespaces of a node to their desired states with few processes: those that were in order are read now and then only,
// and those that are read are read in groups.
import pLimit from "p-limit";
import { failure } from "../node/failure.ts";
import {
  CommandError,
  inGroups,
  type inNamespace,
  namespaceFile,
  namespacesAtOnce,
  type Run,
} from "../node/namespace.ts";
import { type Output, runAllIn } from "../node/run-all.ts";
import type { KernelSupport } from "../node/write-queues.ts";
import {
  type Actions,
  allInactive,
  commandsFor,
  type DesiredNamespace,
  type NamespaceReport,
  reconcileNamespace,
} from "./namespace.ts";
import { type MemoryOptions, type NamespaceId, namespaceMemory } from "./namespace-memory.ts";

export type NamespacesOptions = MemoryOptions & {
  /** The folder of the pods' network namespaces. */
  readonly folder: string;
  readonly enter: typeof inNamespace;
  readonly actions: Actions;
};

export type Task = {
  readonly id: NamespaceId;
  readonly desired: DesiredNamespace;
  /** Runs in the host's namespace, which has no name in the folder. Absent: the namespace is a pod's. */
  readonly host?: Run;
};

/** The reports are in the order of the tasks. It never rejects. Calls must not overlap. */
export type NamespacesReconciler = (tasks: readonly Task[]) => Promise<readonly NamespaceReport[]>;

export function namespacesReconciler({ folder, enter, actions, ...times }: NamespacesOptions): NamespacesReconciler {
  const memory = namespaceMemory(times);
  const kernel: KernelSupport = {};
  const limit = pLimit(namespacesAtOnce);

  /** Events tell of most changes in the host's namespace, but not of rules, and an uplink carries the packets of all pods. */
  function recall({ id, desired, host }: Task): NamespaceReport | undefined {
    return host !== undefined && isWanted(desired) ? undefined : memory.recall(id, desired);
  }

  /** `outputs`: of the commands that read the namespace, if they have been run. */
  async function reconcile({ id, desired, host }: Task, outputs?: Output[] | CommandError): Promise<NamespaceReport> {
    const run = host ?? enter(id.name, folder);
    if (run === undefined) return allInactive(desired, gone);
    if (outputs instanceof CommandError) return allInactive(desired, failure(outputs));
    const known = { actions, kernel, devices: memory.devices(id), ...(outputs === undefined ? {} : { outputs }) };
    const report = await reconcileNamespace(run, desired, known);
    memory.remember(id, desired, report);
    return report;
  }

  function readGroup(group: readonly Task[]): Promise<(Output[] | CommandError)[]> {
    const places = group.map(({ id, desired }) => ({
      file: namespaceFile(id.name, folder),
      commands: commandsFor(desired, memory.devices(id)),
    }));
    return runAllIn(enter(undefined)!, places);
  }

  return async (tasks) => {
    memory.retain(tasks.map(({ id }) => id));
    const reports = new Map<Task, NamespaceReport>();
    const settle = async (task: Task, outputs?: Output[] | CommandError): Promise<void> =>
      void reports.set(task, await limit(() => reconcile(task, outputs)));

    const alone: Task[] = [];
    const together: Task[] = [];
    for (const task of tasks) {
      const before = recall(task);
      if (before !== undefined) reports.set(task, before);
      else if (task.host === undefined && isWanted(task.desired)) together.push(task);
      else alone.push(task);
    }
    await Promise.all([
      ...alone.map((task) => settle(task)),
      ...inGroups(together).map(async (group) => {
        const outputs = await limit(() => readGroup(group));
        await Promise.all(group.map((task, index) => settle(task, outputs[index])));
      }),
    ]);
    return tasks.map((task) => reports.get(task)!);
  };
}

const gone = { reason: "NamespaceGone", problem: "the namespace vanished before it was looked into" } as const;

/** Otherwise only what is to be removed is looked for. */
function isWanted({ links, pod }: DesiredNamespace): boolean {
  return links.length > 0 || pod !== undefined;
}
