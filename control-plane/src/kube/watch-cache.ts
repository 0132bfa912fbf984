// In: an API server. Out: the world as its objects are now, and the writes that the loop asks for.
import type { Pod } from "../api/kubernetes.ts";
import type { PriorityLadder } from "../api/priority-ladder.ts";
import type { PriorityPolicy } from "../api/priority-policy.ts";
import { managedBy } from "../core/manifest.ts";
import type { MeshConfig } from "../core/mesh-config.ts";
import type { Snapshot } from "../core/snapshot.ts";
import type { Verdict } from "../core/verdict.ts";
import type {
  CacheState,
  Condition,
  Kubernetes,
  MeshFacts,
  OwnedObject,
  PodFacts,
  PolicyObject,
} from "../reconcile/ports.ts";
import type { ApiServer } from "./api-server.ts";
import { writer } from "./apply.ts";
import { ownedOf } from "./owned.ts";
import { isSameInput, type ParsedObject, parseObject } from "./parsed-object.ts";
import { type Reflector, startReflector, type Times } from "./reflector.ts";
import { type RawObject, watchedKinds } from "./watched-kinds.ts";

export type WatchedKubernetes = Kubernetes & {
  /** Whether everything was listed once. */
  readonly synced: () => boolean;
  /** Kind → how often its reflector listed, started again, and missed something. */
  readonly reflectors: () => Readonly<Record<string, ReturnType<Reflector<unknown>["counts"]>>>;
  readonly objects: () => Readonly<Record<string, number>>;
  readonly stop: () => Promise<void>;
};

type Watched = Record<keyof typeof watchedKinds, Reflector<ParsedObject>> & {
  readonly configMaps: Reflector<OwnedObject>;
};

/** Of these more is read than what is translated: statuses, and objects of ours. */
const withMore: ReadonlySet<string> = new Set<keyof typeof watchedKinds>([
  "ladders",
  "policies",
  "destinationRules",
  "envoyFilters",
]);

export type WatchOptions = {
  readonly server: ApiServer;
  readonly installNamespace: string;
  /** Of the mesh as a whole: a part of what is read. */
  readonly mesh: () => MeshFacts;
  /** After each change of something that is read. */
  readonly changed: () => void;
  readonly times?: Partial<Times>;
};

export function watchKubernetes({
  server,
  installNamespace,
  mesh,
  changed,
  times = {},
}: WatchOptions): WatchedKubernetes {
  let revision = 0;
  let known: { readonly revision: number; readonly snapshot: Snapshot | undefined } | undefined;
  const changedInput =
    (collection: string) =>
    (isSame: boolean): void => {
      if (!isSame) revision++;
      // What nobody reads of a pod changes many times a second in a large mesh.
      if (!isSame || withMore.has(collection)) changed();
    };
  const reflected = Object.entries(watchedKinds).map(([key, collection]) => [
    key,
    startReflector({
      ...{ server, path: collection.path, changed: changedInput(key), isSame: isSameInput, times },
      transform: (object) => parseObject(collection, object as RawObject),
    }),
  ]);
  const labelSelector = Object.entries(managedBy)
    .map(([key, value]) => `${key}=${value}`)
    .join();
  const ours = (apiVersion: string, kind: string, path: string): Reflector<OwnedObject> =>
    startReflector({
      server,
      path,
      labelSelector,
      changed,
      times,
      transform: (object) => ownedOf(apiVersion, kind, object as RawObject),
    });
  const watched = {
    ...Object.fromEntries(reflected),
    configMaps: ours("v1", "ConfigMap", `/api/v1/namespaces/${installNamespace}/configmaps`),
  } as Watched;
  const all = Object.values(watched) as readonly Reflector<unknown>[];
  const kinds = Object.entries(watched) as readonly [string, Reflector<unknown>][];
  const synced = (): boolean => all.every((reflector) => reflector.synced());
  return {
    synced,
    cacheState: () => {
      const facts = mesh();
      if (!synced() || (facts.config === undefined && facts.unknown === undefined)) return undefined;
      // Both only grow, so no two worlds that differ have one sum.
      const sum = revision + facts.revision;
      if (known?.revision !== sum) known = { revision: sum, snapshot: snapshotOf(watched, facts.config) };
      const state = cacheStateOf(watched, sum, known.snapshot);
      return facts.config === undefined ? { ...state, meshUnknown: facts.unknown! } : state;
    },
    staleness: () => (Date.now() - Math.min(...all.map(({ lastHeard }) => lastHeard()))) / 1000,
    ...writer(server),
    reflectors: () => Object.fromEntries(kinds.map(([kind, { counts }]) => [kind, counts()])),
    objects: () => Object.fromEntries(kinds.map(([kind, { objects }]) => [kind, objects.size])),
    stop: async () => {
      await Promise.all(all.map(({ stop }) => stop()));
    },
  };
}

/** Undefined: without a ladder or the mesh config nothing can be translated. */
function snapshotOf(watched: Watched, mesh: MeshConfig | undefined): Snapshot | undefined {
  const values = <T>(reflector: Reflector<ParsedObject>): readonly T[] =>
    [...reflector.objects.values()].flatMap(({ value }) => (value === undefined ? [] : [value as T]));
  const ladder = watched.ladders.objects.get("/default")?.value as PriorityLadder | undefined;
  if (ladder === undefined || mesh === undefined) return undefined;
  return {
    ...{ mesh, ladder },
    policies: values<PriorityPolicy>(watched.policies),
    namespaces: values<Snapshot["namespaces"][number]>(watched.namespaces),
    services: values<Snapshot["services"][number]>(watched.services),
    pods: values<Snapshot["pods"][number]>(watched.pods),
    gateways: values<Snapshot["gateways"][number]>(watched.gateways),
    routes: [
      ...values<Snapshot["routes"][number]>(watched.httpRoutes),
      ...values<Snapshot["routes"][number]>(watched.grpcRoutes),
    ],
    istioGateways: values<Snapshot["istioGateways"][number]>(watched.istioGateways),
    virtualServices: values<Snapshot["virtualServices"][number]>(watched.virtualServices),
    // Ours have no value.
    destinationRules: values<Snapshot["destinationRules"][number]>(watched.destinationRules),
    sidecarScopes: values<Snapshot["sidecarScopes"][number]>(watched.sidecarScopes),
    envoyFilters: values<Snapshot["envoyFilters"][number]>(watched.envoyFilters),
    gatewayClasses: values<NonNullable<Snapshot["gatewayClasses"]>[number]>(watched.gatewayClasses),
  };
}

function cacheStateOf(watched: Watched, revision: number, snapshot: Snapshot | undefined): CacheState {
  const ladder = watched.ladders.objects.get("/default");
  const uid = ladder?.raw?.metadata.uid;
  const both = [...watched.destinationRules.objects.values(), ...watched.envoyFilters.objects.values()];
  return {
    revision,
    ...(snapshot === undefined ? {} : { snapshot }),
    ...(uid === undefined
      ? {}
      : { ladder: { apiVersion: "expedite.dev/v1alpha1", kind: "PriorityLadder", name: "default", uid } }),
    problems: [
      ...[...watched.policies.objects.values()].flatMap((held) => problemsOf("PriorityPolicy", held)),
      ...[...watched.ladders.objects.values()].flatMap((held) => problemsOf("PriorityLadder", held)),
    ],
    policies: [
      ...[...watched.policies.objects.values()].flatMap((held) => policyObject("PriorityPolicy", held)),
      ...[...watched.ladders.objects.values()].flatMap((held) => policyObject("PriorityLadder", held)),
    ],
    owned: [...both.flatMap(({ owned }) => owned ?? []), ...watched.configMaps.objects.values()],
    pod: (namespace, name) => podFacts(watched.pods.objects.get(`${namespace}/${name}`)?.value as Pod | undefined),
  };
}

function podFacts(pod: Pod | undefined): PodFacts | undefined {
  if (pod === undefined) return undefined;
  const { podIP } = pod.status;
  return { labels: pod.metadata.labels ?? {}, ...(podIP === undefined ? {} : { address: podIP }) };
}

function policyObject(kind: string, { raw }: ParsedObject): readonly PolicyObject[] {
  if (raw === undefined) return [];
  const { metadata, status } = raw;
  const { name, namespace, uid = "", generation = 0 } = metadata;
  const conditions = (status?.conditions ?? []) as readonly Condition[];
  return [{ ref: { kind, name, ...(namespace === undefined ? {} : { namespace }) }, uid, generation, conditions }];
}

function problemsOf(kind: string, { raw, problems }: ParsedObject): readonly Verdict[] {
  if (raw === undefined) return [];
  const { name, namespace } = raw.metadata;
  const on = { kind, name, ...(namespace === undefined ? {} : { namespace }) };
  return problems.map(({ path, message }) => ({ on, reason: "Invalid", field: path, message }));
}
