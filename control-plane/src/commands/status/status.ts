// In: a cluster. Out: policies and ladder with their conditions, and the proxies as the leading controller sees them.
import { z } from "zod";
import { type Cluster, type ClusterObject, connect, type Kubeconfig } from "../../kube/cluster.ts";

const condition = z.looseObject({
  type: z.string(),
  status: z.enum(["True", "False", "Unknown"]),
  reason: z.string().default(""),
  message: z.string().default(""),
  observedGeneration: z.number().optional(),
});
const conditions = z.looseObject({ conditions: z.array(condition).default([]) }).default({ conditions: [] });

const proxy = z.looseObject({
  namespace: z.string(),
  pod: z.string(),
  state: z.enum(["programmed", "refused", "pending", "unsupported"]),
  reason: z.string().default(""),
});

/** What /api/v1/status of the controller answers. */
const controllerStatus = z.looseObject({ proxies: z.array(proxy) });

export type Condition = z.infer<typeof condition>;
export type ProxyStatus = z.infer<typeof proxy>;
export type PolicyStatus = {
  readonly kind: string;
  readonly namespace?: string;
  readonly name: string;
  readonly mode?: string;
  readonly conditions: readonly Condition[];
};

export type Status = {
  readonly cluster: string;
  readonly controller: { readonly leader?: string; readonly ready: number; readonly replicas: number };
  readonly policies: readonly PolicyStatus[];
  readonly proxies: readonly ProxyStatus[];
  /** Why the proxies are not known. */
  readonly proxiesUnknown?: string;
  /** Every condition True, every proxy programmed, and known to be so. */
  readonly isProgrammed: boolean;
};

export type StatusOptions = Kubeconfig & { readonly namespace: string; readonly controller?: string };

/** @throws Error when the API server does not answer, or refuses a list */
export function runStatus(options: StatusOptions): Promise<Status> {
  return readStatus(connect(options), options.namespace, options.controller);
}

/** `url`: of a controller outside of the cluster. */
export async function readStatus(cluster: Cluster, namespace: string, url?: string): Promise<Status> {
  const ours = "expedite.dev/v1alpha1";
  const [ladders, policies, [controller], leases] = await Promise.all([
    cluster.list({ apiVersion: ours, kind: "PriorityLadder" }),
    cluster.list({ apiVersion: ours, kind: "PriorityPolicy" }),
    cluster.list(
      { apiVersion: "apps/v1", kind: "Deployment" },
      { namespace, labels: "app.kubernetes.io/name=expedite" },
    ),
    cluster.list({ apiVersion: "coordination.k8s.io/v1", kind: "Lease" }, { namespace }),
  ]);
  const leader = leaderOf(leases);
  const { proxies, problem } = await readProxies(cluster, namespace, leader, url);
  const known = [...ladders, ...policies].map(policyStatus);
  const isProgrammed =
    problem === undefined &&
    ladders.length === 1 &&
    proxies.every(({ state }) => state === "programmed") &&
    known.every((policy) => policy.conditions.length > 0 && policy.conditions.every(({ status }) => status === "True"));
  return {
    cluster: cluster.name,
    controller: { ...replicasOf(controller), ...(leader === undefined ? {} : { leader }) },
    policies: known,
    proxies,
    ...(problem === undefined ? {} : { proxiesUnknown: problem }),
    isProgrammed,
  };
}

function policyStatus({ kind, metadata: { namespace, name }, spec, status }: ClusterObject): PolicyStatus {
  const mode = (spec as { readonly mode?: string } | undefined)?.mode;
  return {
    kind,
    ...(namespace === undefined ? {} : { namespace }),
    name,
    ...(mode === undefined ? {} : { mode }),
    conditions: conditions.parse(status).conditions,
  };
}

function replicasOf(deployment: ClusterObject | undefined): { readonly ready: number; readonly replicas: number } {
  const { replicas = 0 } = (deployment?.spec ?? {}) as { readonly replicas?: number };
  const { readyReplicas = 0 } = (deployment?.status ?? {}) as { readonly readyReplicas?: number };
  return { ready: readyReplicas, replicas };
}

/** A Lease that has run out is nobody's. */
function leaderOf(leases: readonly ClusterObject[]): string | undefined {
  const lease = leases.find(({ metadata }) => metadata.name === "expedite");
  const {
    holderIdentity,
    renewTime,
    leaseDurationSeconds = 15,
  } = (lease?.spec ?? {}) as {
    readonly holderIdentity?: string;
    readonly renewTime?: string | Date;
    readonly leaseDurationSeconds?: number;
  };
  if (!holderIdentity || renewTime === undefined) return undefined;
  const age = (Date.now() - new Date(renewTime).getTime()) / 1000;
  return age <= leaseDurationSeconds ? holderIdentity : undefined;
}

type Answer = { readonly proxies: readonly ProxyStatus[]; readonly problem?: string };

async function readProxies(
  cluster: Cluster,
  namespace: string,
  leader: string | undefined,
  url: string | undefined,
): Promise<Answer> {
  const path = "/api/v1/status";
  try {
    if (url !== undefined) {
      const answer = await fetch(new URL(path, url), { signal: AbortSignal.timeout(5000) });
      if (!answer.ok) return { proxies: [], problem: `${url} answered ${answer.status}` };
      return { proxies: controllerStatus.parse(await answer.json()).proxies };
    }
    if (leader === undefined) return { proxies: [], problem: "no controller holds the Lease" };
    const pod: ClusterObject = { apiVersion: "v1", kind: "Pod", metadata: { namespace, name: leader } };
    return { proxies: controllerStatus.parse(await cluster.get(pod, 8080, path)).proxies };
  } catch (error) {
    return { proxies: [], problem: `${leader ?? url} did not answer: ${(error as Error).message}` };
  }
}
