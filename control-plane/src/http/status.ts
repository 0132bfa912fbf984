// What /api/v1/status answers: which replica leads, and the state of the proxies where this replica knows it. `expedite status` reads it.

export const statusPath = "/api/v1/status";

/**
 * The shape of the answer. `P`: a proxy with `namespace`, `pod`, `state` and, unless it is programmed, `reason`.
 *
 * A leader:   { "identity": "expedite-a", "isLeader": true, "leader": "expedite-a", "proxies": [] }
 * A follower: { "identity": "expedite-b", "isLeader": false, "leader": "expedite-a", "proxiesUnknown": "…ask expedite-a" }
 *
 * So a reader trusts an answer only where it has `proxies`; it asks the pod named by `leader` otherwise, and says that the
 * proxies are not known where `leader` is missing.
 */
export type ControllerStatus<P> = {
  /** The name of this replica in the Lease; in a cluster the name of its pod. */
  readonly identity: string;
  readonly isLeader: boolean;
  /** Who holds the Lease, as this replica last read it. Absent: nobody does, or the Lease could not be read. */
  readonly leader?: string;
  /** Proxies of enrolled namespaces. Absent: this replica does not know them; then `proxiesUnknown` says why. */
  readonly proxies?: readonly P[];
  readonly proxiesUnknown?: string;
};

export type StatusInput<P> = {
  readonly identity: string;
  readonly isLeader: boolean;
  readonly leader: string | undefined;
  /** Undefined until the leader has heard from istiod. */
  readonly proxies: readonly P[] | undefined;
};

export function controllerStatus<P>({ identity, isLeader, leader, proxies }: StatusInput<P>): ControllerStatus<P> {
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
