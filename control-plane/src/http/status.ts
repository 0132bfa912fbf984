// The answer of /api/v1/status: which replica leads, and the state of the proxies if this replica knows it. `expedite status` reads it.

export const statusPath = "/api/v1/status";
/** Where a leader answers with the QueueReport of each RequestQueue in force (core/queue-report.ts). */
export const queuesPath = "/api/v1/queues";

/**
 * The shape of the answer. `P`: a proxy with `namespace`, `pod`, `state` and, unless it is programmed, `reason`.
 *
 * A leader:   { "identity": "expedite-a", "isLeader": true, "leader": "expedite-a", "proxies": [] }
 * A follower: { "identity": "expedite-b", "isLeader": false, "leader": "expedite-a", "proxiesUnknown": "…ask expedite-a" }
 *
 * A replica that would lead, if another installation did not serve the cluster, is no leader either, and says so in `proxiesUnknown`.
 *
 * So a reader trusts an answer only if it has `proxies`; otherwise it asks the pod named by `leader`, or reports the proxies as unknown if
 * `leader` is missing.
 */
export type ControllerStatus<P> = {
  /** This replica's name in the Lease; in a cluster, the name of its pod. */
  readonly identity: string;
  readonly isLeader: boolean;
  /** The holder of the Lease, as last read by this replica. Absent if there is none, or the Lease could not be read. */
  readonly leader?: string;
  /** Proxies of enrolled namespaces. If this replica does not know them, it is absent and `proxiesUnknown` has the reason. */
  readonly proxies?: readonly P[];
  readonly proxiesUnknown?: string;
};

export type StatusInput<P> = {
  readonly identity: string;
  readonly isLeader: boolean;
  readonly leader: string | undefined;
  /** Why this installation does nothing, if that is so. */
  readonly refusal?: string | undefined;
  /** Undefined until the leader has heard from istiod. */
  readonly proxies: readonly P[] | undefined;
};

export function controllerStatus<P>(input: StatusInput<P>): ControllerStatus<P> {
  const { identity, isLeader, leader, refusal, proxies } = input;
  if (refusal !== undefined) return { identity, isLeader: false, proxiesUnknown: refusal };
  if (!isLeader)
    return {
      identity,
      isLeader,
      ...(leader === undefined ? {} : { leader }),
      proxiesUnknown: `only the leader knows the proxies; ${leader === undefined ? "no replica leads" : `ask ${leader}`}`,
    };
  if (proxies === undefined)
    return { identity, isLeader, leader: identity, proxiesUnknown: "the leader has not heard from istiod yet" };
  return { identity, isLeader, leader: identity, proxies };
}
