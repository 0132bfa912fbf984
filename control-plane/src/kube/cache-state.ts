// What the reconciler reads of the watched objects: the Snapshot for translate, the policies with their conditions, and Expedite's own
// objects.
import type { Condition } from "../api/conditions.ts";
import type { Pod } from "../api/kubernetes.ts";
import type { PriorityLadder } from "../api/priority-ladder.ts";
import type { PriorityPolicy } from "../api/priority-policy.ts";
import type { RequestQueue } from "../api/request-queue.ts";
import { byNamespace } from "../core/by-namespace.ts";
import type { MeshConfig } from "../core/mesh-config.ts";
import { isReady } from "../core/ready.ts";
import type { Snapshot } from "../core/snapshot.ts";
import type { Verdict } from "../core/verdict.ts";
import type { CacheState, NodeSummary, PodFacts, PolicyObject } from "../reconcile/ports.ts";
import type { ParsedObject } from "./parsed-object.ts";
import type { Reflector } from "./reflector.ts";
import type { watchedKinds } from "./watched-kinds.ts";

export type Watched = Readonly<Record<keyof typeof watchedKinds, Pick<Reflector<ParsedObject>, "objects">>> & {
  readonly priorityNodes: Pick<Reflector<NodeSummary>, "objects">;
};

type Parsed = Watched[keyof typeof watchedKinds];

/** Undefined: without a ladder or the mesh config nothing can be translated. */
export function snapshotOf(watched: Watched, mesh: MeshConfig | undefined): Snapshot | undefined {
  const values = <T>(reflector: Parsed): readonly T[] =>
    [...reflector.objects.values()].flatMap(({ value }) => (value === undefined ? [] : [value as T]));
  const ladder = watched.ladders.objects.get("/default")?.value as PriorityLadder | undefined;
  if (ladder === undefined || mesh === undefined) return undefined;
  return {
    mesh,
    ladder,
    policies: values<PriorityPolicy>(watched.policies),
    queues: values<RequestQueue>(watched.queues),
    namespaces: values<Snapshot["namespaces"][number]>(watched.namespaces),
    services: values<Snapshot["services"][number]>(watched.services),
    pods: values<Snapshot["pods"][number]>(watched.pods),
    workloads: [watched.deployments, watched.statefulSets, watched.daemonSets].flatMap((kind) =>
      values<NonNullable<Snapshot["workloads"]>[number]>(kind),
    ),
    autoscalers: values<NonNullable<Snapshot["autoscalers"]>[number]>(watched.autoscalers),
    gateways: values<Snapshot["gateways"][number]>(watched.gateways),
    routes: [
      ...values<Snapshot["routes"][number]>(watched.httpRoutes),
      ...values<Snapshot["routes"][number]>(watched.grpcRoutes),
    ],
    istioGateways: values<Snapshot["istioGateways"][number]>(watched.istioGateways),
    virtualServices: values<Snapshot["virtualServices"][number]>(watched.virtualServices),
    // Only a summary is kept of objects that Expedite wrote.
    destinationRules: values<Snapshot["destinationRules"][number]>(watched.destinationRules),
    sidecarScopes: values<Snapshot["sidecarScopes"][number]>(watched.sidecarScopes),
    envoyFilters: values<Snapshot["envoyFilters"][number]>(watched.envoyFilters),
    listenerSets: values<NonNullable<Snapshot["listenerSets"]>[number]>(watched.listenerSets),
    gatewayClasses: values<NonNullable<Snapshot["gatewayClasses"]>[number]>(watched.gatewayClasses),
  };
}

export function cacheStateOf(watched: Watched, revision: number, snapshot: Snapshot | undefined): CacheState {
  const ladder = watched.ladders.objects.get("/default");
  const uid = ladder?.raw?.metadata.uid;
  const written = writtenByUsers(watched);
  const mixed = [...watched.destinationRules.objects.values(), ...watched.envoyFilters.objects.values()];
  return {
    revision,
    ...(snapshot === undefined ? {} : { snapshot }),
    ...(uid === undefined
      ? {}
      : { ladder: { apiVersion: "expedite.dev/v1alpha1", kind: "PriorityLadder", name: "default", uid } }),
    problems: written.flatMap(problemsOf),
    policies: written.flatMap(policyObject),
    owned: mixed.flatMap(({ owned }) => owned ?? []),
    nodes: [...watched.priorityNodes.objects.values()],
    pod: (namespace, name) => podFacts(watched.pods.objects.get(`${namespace}/${name}`)?.value as Pod | undefined),
    podsWithSidecar: podsWithSidecar(watched),
  };
}

/** An object with its kind. */
type Written = readonly [kind: string, object: ParsedObject];

function writtenByUsers({ policies, queues, ladders }: Watched): readonly Written[] {
  const kinds = { PriorityPolicy: policies, RequestQueue: queues, PriorityLadder: ladders };
  return Object.entries(kinds).flatMap(([kind, { objects }]) =>
    [...objects.values()].map((object): Written => [kind, object]),
  );
}

/** Istio's injector gives pods this label. Gateways don't have it. */
const injected = { label: "security.istio.io/tlsMode", value: "istio" } as const;

/** Searches the pods only on the first call, because only a new leader needs it. */
function podsWithSidecar({ pods }: Watched): CacheState["podsWithSidecar"] {
  let found: ReadonlyMap<string, readonly Pod[]> | undefined;
  const search = (): ReadonlyMap<string, readonly Pod[]> =>
    byNamespace(
      [...pods.objects.values()]
        .map(({ value }) => value as Pod | undefined)
        .filter((pod) => pod !== undefined)
        .filter((pod) => pod.metadata.labels?.[injected.label] === injected.value && isReady(pod)),
    );
  return (namespace) => {
    found ??= search();
    return (found.get(namespace) ?? []).map(({ metadata }) => metadata.name);
  };
}

function podFacts(pod: Pod | undefined): PodFacts | undefined {
  if (pod === undefined) return undefined;
  const { podIP } = pod.status;
  return {
    labels: pod.metadata.labels ?? {},
    isReady: isReady(pod),
    ...(podIP === undefined ? {} : { address: podIP }),
  };
}

function policyObject([kind, { raw }]: Written): readonly PolicyObject[] {
  if (raw === undefined) return [];
  const { metadata, status } = raw;
  const { name, namespace, uid = "", generation = 0 } = metadata;
  const conditions = (status?.conditions ?? []) as readonly Condition[];
  return [{ ref: { kind, name, ...(namespace === undefined ? {} : { namespace }) }, uid, generation, conditions }];
}

function problemsOf([kind, { raw, problems }]: Written): readonly Verdict[] {
  if (raw === undefined) return [];
  const { name, namespace } = raw.metadata;
  const on = { kind, name, ...(namespace === undefined ? {} : { namespace }) };
  return problems.map(({ path, message }) => ({ on, reason: "Invalid", field: path, message }));
}
