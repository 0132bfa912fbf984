// Reads what is in force in a cluster: the ladder and the policies with their conditions, and the proxies as the leading controller sees
// them.
import { z } from "zod";
import { type Condition, conditions } from "../../api/conditions.ts";
import { controllerComponent, labelSelector } from "../../core/labels.ts";
import { type Cluster, type ClusterObject, connect } from "../../kube/cluster.ts";
import type { Kubeconfig } from "../../kube/kubeconfig.ts";
import { resources } from "../../kube/resources.ts";
import { installationOf } from "../installation.ts";
import { askLeader, type ProxyStatus } from "./leader.ts";
import { type QueueStatus, readQueues } from "./queues.ts";

const statusOf = z.looseObject({ conditions: conditions.default([]) }).default({ conditions: [] });

export type PolicyStatus = {
  readonly kind: string;
  readonly namespace?: string;
  readonly name: string;
  readonly mode?: string;
  /** How many links a PriorityLadder has. */
  readonly links?: number;
  readonly conditions: readonly Condition[];
};

export type Status = {
  readonly cluster: string;
  readonly controller: { readonly leader?: string; readonly ready: number; readonly replicas: number };
  readonly policies: readonly PolicyStatus[];
  readonly proxies: readonly ProxyStatus[];
  /** Why the proxies are not known; absent if they are. */
  readonly proxiesUnknown?: string;
  /** The RequestQueues, with what their pods' sidecars do. */
  readonly queues: readonly QueueStatus[];
  /** Why that is not known; absent if it is, or there is no RequestQueue. */
  readonly queuesUnknown?: string;
  /** Whether every condition is True or as the ladder asks, every proxy is programmed, and both are known. */
  readonly isProgrammed: boolean;
};

export type StatusOptions = Kubeconfig & { readonly namespace: string; readonly controller?: string };

/** @throws Error when the API server does not answer, or refuses a list */
export function runStatus(options: StatusOptions): Promise<Status> {
  return readStatus(connect(options), options.namespace, options.controller);
}

/** @param url of a controller outside the cluster */
export async function readStatus(cluster: Cluster, namespace: string, url?: string): Promise<Status> {
  const [ladders, policies, queues, [deployment], leases] = await Promise.all([
    cluster.list(resources.ladders),
    cluster.list(resources.policies),
    cluster.list(resources.queues),
    cluster.list(resources.deployments, { namespace, labels: labelSelector(controllerComponent) }),
    cluster.list(resources.leases, { namespace }),
  ]);
  const installation = installationOf(deployment);
  const place = { cluster, namespace, installation };
  const { name: leader, proxies, unknown } = await askLeader({ ...place, leases, url });
  const answers = unknown === undefined ? controllerToAsk(leader, url) : undefined;
  const found = await readQueues(queues, place, answers);
  const known = [...ladders, ...policies, ...queues].map(policyStatus);
  const isProgrammed =
    unknown === undefined &&
    ladders.length === 1 &&
    proxies.every(({ state }) => state === "programmed") &&
    known.every((policy) => policy.conditions.length > 0 && policy.conditions.every((one) => isAsWanted(policy, one)));
  const { ready, replicas } = installation;
  return {
    cluster: cluster.name,
    controller: { ready, replicas, ...(leader === undefined ? {} : { leader }) },
    policies: known,
    proxies,
    ...(unknown === undefined ? {} : { proxiesUnknown: unknown }),
    ...found,
    isProgrammed,
  };
}

/** The one that has answered as the leader. */
function controllerToAsk(leader: string | undefined, url: string | undefined) {
  if (url !== undefined) return { who: url, isUrl: true };
  return leader === undefined ? undefined : { who: leader, isUrl: false };
}

/**
 * Whether a condition is True, or not because the ladder asks for that: by its mode, Observe or Disabled, or because it has no links. No
 * request waits in a RequestQueue only because the mode is Observe.
 */
export function isAsWanted(
  { mode, links }: PolicyStatus,
  { type, status, reason }: Pick<Condition, "type" | "status" | "reason">,
): boolean {
  if (status === "True" || reason === "QueueNotApplied" || type === "LoopsOverlap") return true;
  if (type !== "Enforced") return false;
  // Links of which none is active have the same reason, and are not as wanted.
  return mode === "Enforce" ? links === 0 && reason === "NoActiveLink" : reason === mode;
}

function policyStatus({ kind, metadata: { namespace, name }, spec, status }: ClusterObject): PolicyStatus {
  const { mode, links = [] } = (spec ?? {}) as { readonly mode?: string; readonly links?: readonly unknown[] };
  return {
    kind,
    ...(namespace === undefined ? {} : { namespace }),
    name,
    ...(mode === undefined ? {} : { mode }),
    ...(kind === resources.ladders.kind ? { links: links.length } : {}),
    conditions: statusOf.parse(status).conditions,
  };
}
