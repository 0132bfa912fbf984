// Watches what a node's agent reads: the ladder, the labels of the node, its pods, and the pods of every node that have a level.
import { type Node, node, type Pod, pod } from "../api/kubernetes.ts";
import { formatProblem } from "../api/parse.ts";
import { type PriorityLadder, priorityLadder } from "../api/priority-ladder.ts";
import { levelLabel, releaseAnnotation } from "../core/labels.ts";
import type { NodeInputs } from "../core/node-inputs.ts";
import type { WatchObserver, WatchProblem } from "../reconcile/ports.ts";
import type { ApiServer } from "./api-server.ts";
import { isSameInput, type ParsedObject, parseObject } from "./parsed-object.ts";
import { type Reflector, type ReflectorOptions, startReflector, type Times } from "./reflector.ts";
import { collectionPath, nameOf, resources } from "./resources.ts";
import { missingKinds } from "./watch-problem.ts";
import { watchProblems } from "./watch-problems.ts";
import type { RawObject, WatchedKind } from "./watched-kinds.ts";

export type NodeWatchOptions = {
  readonly server: ApiServer;
  readonly node: string;
  /** Called after each change of something that is read. */
  readonly changed: () => void;
  readonly observer?: WatchObserver;
  readonly times?: Partial<Times>;
};

export type NodeWatch = {
  /** Or why nothing can be decided, so that the node does not change. */
  readonly inputs: () => NodeInputs | { readonly undecided: string };
  /** The Node's uid; undefined if the cluster has no such Node, or has not answered yet. */
  readonly uid: () => string | undefined;
  /** Seconds since the API server last answered. */
  readonly staleness: () => number;
  readonly problems: () => Readonly<Record<string, WatchProblem>>;
  readonly stop: () => Promise<void>;
};

/** Only what desiredNode reads. */
function leanPod({ spec, status }: RawObject): Pick<RawObject, "spec" | "status"> {
  const { phase, podIP, podIPs, conditions = [] } = status ?? {};
  const ready = (conditions as readonly Readonly<Record<string, unknown>>[])
    .filter((condition) => condition.type === "Ready")
    .map(({ type, status: value }) => ({ type, status: value }));
  return { spec: { hostNetwork: spec?.hostNetwork }, status: { phase, podIP, podIPs, conditions: ready } };
}

const kinds = {
  ladders: { resource: resources.ladders, schema: priorityLadder },
  node: {
    ...{ resource: resources.nodes, schema: node },
    keep: ({ metadata: { name, labels, uid } }: RawObject) => ({ metadata: { name, labels, uid } }),
  },
  pods: { resource: resources.pods, schema: pod, keep: leanPod },
} as const satisfies Readonly<Record<string, WatchedKind>>;

/** Thousands of agents watch, so a watch lasts as long as a kubelet's. */
const agentTimes: Partial<Times> = { watch: 300_000 };

export function watchNode({ server, node: nodeName, changed, observer, times = {} }: NodeWatchOptions): NodeWatch {
  const problems = watchProblems(observer);
  const reflect = (
    kind: WatchedKind,
    selectors: Pick<ReflectorOptions<ParsedObject>, "labelSelector" | "fieldSelector"> = {},
  ): Reflector<ParsedObject> =>
    startReflector<ParsedObject>({
      server,
      path: collectionPath(kind.resource),
      ...selectors,
      transform: (object) => parseObject(kind, object as RawObject),
      isSame: isSameInput,
      changed: (isSame) => {
        if (!isSame) changed();
      },
      failed: (error) => problems.report(kind.resource, error),
      times: { ...agentTimes, ...times },
    });
  const ladders = reflect(kinds.ladders);
  const own = reflect(kinds.node, { fieldSelector: `metadata.name=${nodeName}` });
  const pods = reflect(kinds.pods, { fieldSelector: `spec.nodeName=${nodeName}` });
  const levelPods = reflect(kinds.pods, { labelSelector: levelLabel });
  const all = [ladders, own, pods, levelPods];
  const podsOf = (reflector: Reflector<ParsedObject>): readonly Pod[] =>
    [...reflector.objects.values()].flatMap(({ value }) => (value === undefined ? [] : [value as Pod]));

  return {
    inputs: () => {
      if (!all.every((reflector) => reflector.synced()))
        return { undecided: "the API server has not answered for everything that is read" };
      // A server that has just started, or something in front of it, may not know a kind yet.
      if (ladders.absent()) return { undecided: missingKinds([nameOf(resources.ladders)]) };
      if (pods.absent() || levelPods.absent())
        return { undecided: "the API server answers that it has no pods, which no cluster lacks" };
      const found = own.objects.get(`/${nodeName}`);
      if (found === undefined) return { undecided: `the cluster has no node ${nodeName}; see --node` };
      const ladder = ladders.objects.get("/default");
      if (ladder !== undefined && ladder.value === undefined)
        return { undecided: `the PriorityLadder cannot be read: ${ladder.problems.map(formatProblem).join("; ")}` };
      return {
        labels: (found.value as Node | undefined)?.metadata.labels ?? {},
        ...ofLadder(ladder),
        pods: podsOf(pods),
        levelPods: podsOf(levelPods),
      };
    },
    uid: () => (own.objects.get(`/${nodeName}`)?.value as Node | undefined)?.metadata.uid,
    staleness: () => (Date.now() - Math.min(...all.map(({ lastHeard }) => lastHeard()))) / 1000,
    problems: () => Object.fromEntries(problems.all()),
    stop: async () => {
      await Promise.all(all.map(({ stop }) => stop()));
    },
  };
}

function ofLadder(found: ParsedObject | undefined): Pick<NodeInputs, "ladder" | "generation" | "release"> {
  if (found === undefined) return {};
  const ladder = found.value as PriorityLadder;
  const generation = found.raw?.metadata.generation;
  const release = ladder.metadata.annotations?.[releaseAnnotation];
  return {
    ...(generation === undefined ? {} : { generation }),
    ...(release === undefined ? { ladder } : { release }),
  };
}
