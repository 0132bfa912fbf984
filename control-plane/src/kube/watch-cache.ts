// Watches every kind that the controller reads, and gives what it knows of them; with the writes it is the controller's whole view of Kubernetes.
import type { Snapshot } from "../core/snapshot.ts";
import type { Kubernetes, MeshFacts, NodeSummary, WatchObserver, WatchProblem } from "../reconcile/ports.ts";
import type { ApiServer } from "./api-server.ts";
import { writer } from "./apply.ts";
import { cacheStateOf, snapshotOf, type Watched } from "./cache-state.ts";
import { nodeSummary } from "./node-summary.ts";
import { isSameInput, type ParsedObject, parseObject } from "./parsed-object.ts";
import { type Reflector, type ReflectorOptions, startReflector, type Times } from "./reflector.ts";
import { collectionPath, nameOf, type Resource, resources } from "./resources.ts";
import { watchProblems } from "./watch-problems.ts";
import { type RawObject, type WatchedKind, watchedKinds } from "./watched-kinds.ts";

export type WatchedKubernetes = Kubernetes & {
  /** Whether every kind has been listed once. */
  readonly synced: () => boolean;
  /**
   * By resource, as kubectl names it: how often it was listed, its watch was reopened, and a list showed a change that no watch had
   * reported.
   */
  readonly reflectors: () => Readonly<Record<string, ReturnType<Reflector<unknown>["counts"]>>>;
  readonly objects: () => Readonly<Record<string, number>>;
  /** Why a resource cannot be listed or watched now, by resource. */
  readonly problems: () => Readonly<Record<string, WatchProblem>>;
  readonly stop: () => Promise<void>;
};

/** Of these the controller reads more than translate does: their status, and its own objects. */
const withMore: ReadonlySet<string> = new Set<keyof typeof watchedKinds>([
  "ladders",
  "policies",
  "queues",
  "destinationRules",
  "envoyFilters",
]);

const ownGroup = resources.ladders.group;
/** Whoever installs Expedite's kinds after the controller waits for them. */
const ownTimes: Partial<Times> = { absent: 5_000 };

/** After a change of the ladder, thousands of nodes report within seconds. */
const reportMillis = 1_000;

export type WatchOptions = {
  readonly server: ApiServer;
  /** Facts of the mesh as a whole: a part of what is read. */
  readonly mesh: () => MeshFacts;
  /** Called after each change of something that is read. */
  readonly changed: () => void;
  /** Called for kinds that cannot be watched, if present. */
  readonly observer?: WatchObserver;
  readonly times?: Partial<Times>;
};

export function watchKubernetes(options: WatchOptions): WatchedKubernetes {
  const { server, mesh, changed, observer, times = {} } = options;
  const reflectors = new Map<string, Reflector<unknown>>();
  const problems = watchProblems(observer);
  const reports = atMostEvery(reportMillis, changed);
  let revision = 0;
  let known: { readonly revision: number; readonly snapshot: Snapshot | undefined } | undefined;

  const reflect = <T>(
    resource: Resource,
    reader: Pick<ReflectorOptions<T>, "transform" | "changed" | "isSame">,
  ): Reflector<T> => {
    const path = collectionPath(resource);
    const reflector = startReflector({
      ...reader,
      server,
      path,
      times: resource.group === ownGroup ? { ...ownTimes, ...times } : times,
      failed: (error) => {
        // The status of policies may show it.
        if (problems.report(resource, error)) changed();
      },
    });
    reflectors.set(nameOf(resource), reflector);
    return reflector;
  };
  const changedInput =
    (key: string) =>
    (isSame: boolean): void => {
      if (!isSame) revision++;
      // Unread parts of a pod change many times a second in a large mesh.
      if (!isSame || withMore.has(key)) changed();
    };
  const watched: Watched = {
    ...(Object.fromEntries(
      Object.entries<WatchedKind>(watchedKinds).map(([key, kind]) => [
        key,
        reflect<ParsedObject>(kind.resource, {
          changed: changedInput(key),
          isSame: isSameInput,
          transform: (object) => parseObject(kind, object as RawObject),
        }),
      ]),
    ) as Record<keyof typeof watchedKinds, Reflector<ParsedObject>>),
    priorityNodes: reflect<NodeSummary>(resources.priorityNodes, {
      changed: (isSame) => {
        if (!isSame) reports.changed();
      },
      isSame: (before, after) => JSON.stringify(before) === JSON.stringify(after),
      transform: (object) => nodeSummary(object as RawObject),
    }),
  };
  const all = [...reflectors.values()];
  const synced = (): boolean => all.every((reflector) => reflector.synced());
  const isListed = (resource: Resource): boolean => reflectors.get(nameOf(resource))?.synced() === true;
  /**
   * Why a kind was never listed, if that persists and there are policies whose status can show it. Without an API server, nothing could be
   * reported either.
   */
  const unlisted = (): string | undefined => {
    if (!isListed(resources.policies) || !isListed(resources.ladders)) return undefined;
    const lasting = [...problems.all()].find(
      ([name, { cause }]) => !reflectors.get(name)!.synced() && cause === "Forbidden",
    );
    if (lasting === undefined) return undefined;
    const [name, { message, remedy }] = lasting;
    return `the controller cannot list ${name}: ${message}. ${remedy}`;
  };
  const eachKind = <T>(read: (reflector: Reflector<unknown>) => T): Readonly<Record<string, T>> =>
    Object.fromEntries([...reflectors].map(([name, reflector]) => [name, read(reflector)]));
  return {
    synced,
    cacheState: () => {
      const facts = mesh();
      // Both only grow, so different states never have the same sum.
      const sum = revision + facts.revision;
      if (!synced()) {
        const undecided = unlisted();
        // Negative, because listing the rest alone does not change the sum.
        return undecided === undefined ? undefined : { ...cacheStateOf(watched, -1 - sum, undefined), undecided };
      }
      if (facts.config === undefined && facts.unknown === undefined) return undefined;
      if (known?.revision !== sum) known = { revision: sum, snapshot: snapshotOf(watched, facts.config) };
      const state = cacheStateOf(watched, sum, known.snapshot);
      return facts.config === undefined ? { ...state, undecided: facts.unknown! } : state;
    },
    staleness: () => (Date.now() - Math.min(...all.map(({ lastHeard }) => lastHeard()))) / 1000,
    ...writer(server),
    reflectors: () => eachKind(({ counts }) => counts()),
    objects: () => eachKind(({ objects }) => objects.size),
    problems: () => Object.fromEntries(problems.all()),
    stop: async () => {
      reports.stop();
      await Promise.all(all.map(({ stop }) => stop()));
    },
  };
}

/** Calls `changed` once for all that happened within the time. */
function atMostEvery(millis: number, changed: () => void): { readonly changed: () => void; readonly stop: () => void } {
  let timer: NodeJS.Timeout | undefined;
  return {
    changed: () => {
      timer ??= setTimeout(() => {
        timer = undefined;
        changed();
      }, millis);
    },
    stop: () => clearTimeout(timer),
  };
}
