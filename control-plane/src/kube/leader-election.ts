// Decides whether this replica leads: it renews a Lease, and stops leading by its own clock before another replica may take the Lease.
import { setTimeout as sleep } from "node:timers/promises";
import { ApiError, type ApiServer } from "./api-server.ts";
import { apiVersionOf, collectionPath, resources } from "./resources.ts";

export type LeaseOptions = {
  readonly server: ApiServer;
  readonly namespace: string;
  readonly name: string;
  /** This replica's name in the Lease. */
  readonly identity: string;
  readonly changed: (isLeader: boolean) => void;
  /** Milliseconds; the defaults are client-go's. */
  readonly times?: { readonly lease: number; readonly renew: number; readonly retry: number };
};

export type Elector = {
  readonly isLeader: () => boolean;
  /** The holder of the Lease as last read; undefined if there is none, or the Lease has not been read for its duration. */
  readonly leader: () => string | undefined;
  readonly stop: () => Promise<void>;
};

type Lease = {
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly spec?: {
    readonly holderIdentity?: string;
    readonly leaseDurationSeconds?: number;
    readonly leaseTransitions?: number;
    readonly acquireTime?: string;
  };
};

const microTime = (millis: number): string => new Date(millis).toISOString().replace("Z", "000Z");

export function electLeader(options: LeaseOptions): Elector {
  const {
    server,
    namespace,
    name,
    identity,
    changed,
    times = { lease: 15_000, renew: 10_000, retry: 2_000 },
  } = options;
  const collection = collectionPath(resources.leases, namespace);
  const ending = new AbortController();
  let leadsUntil = 0;
  let wasLeader = false;
  /** The Lease's last change seen by this replica, and when: times in the Lease come from another clock. */
  let seen = { spec: "", at: 0, holder: "" };

  const isLeader = (): boolean => performance.now() < leadsUntil;
  const leader = (): string | undefined => {
    if (isLeader()) return identity;
    const isHeld = seen.holder !== "" && seen.holder !== identity && performance.now() - seen.at <= times.lease;
    return isHeld ? seen.holder : undefined;
  };
  const report = (): void => {
    if (isLeader() === wasLeader) return;
    wasLeader = isLeader();
    changed(wasLeader);
  };
  const ask = (method: "GET" | "POST" | "PUT", path: string, body?: unknown): Promise<unknown> =>
    server.read({
      method,
      path,
      signal: AbortSignal.timeout(times.retry * 2),
      ...(body === undefined ? {} : { body }),
    });

  async function attempt(): Promise<void> {
    const started = performance.now();
    const now = microTime(Date.now());
    const spec = { holderIdentity: identity, leaseDurationSeconds: Math.ceil(times.lease / 1000), renewTime: now };
    let lease: Lease;
    try {
      lease = (await ask("GET", `${collection}/${name}`)) as Lease;
    } catch (error) {
      if (!(error instanceof ApiError) || error.status !== 404) throw error;
      const body = {
        apiVersion: apiVersionOf(resources.leases),
        kind: resources.leases.kind,
        metadata: { name, namespace },
        spec: { ...spec, acquireTime: now, leaseTransitions: 0 },
      };
      await ask("POST", collection, body);
      leadsUntil = started + times.renew;
      return;
    }
    const { holderIdentity = "", leaseTransitions = 0, acquireTime = now } = lease.spec ?? {};
    const text = JSON.stringify(lease.spec);
    if (text !== seen.spec) seen = { spec: text, at: started, holder: holderIdentity };
    const isFree = holderIdentity === "" || started - seen.at > times.lease;
    if (holderIdentity !== identity && !isFree) {
      leadsUntil = 0;
      return;
    }
    const taken =
      holderIdentity === identity
        ? { acquireTime, leaseTransitions }
        : { acquireTime: now, leaseTransitions: leaseTransitions + 1 };
    // With the resourceVersion that was read, so that one of two competing replicas is refused.
    await ask("PUT", `${collection}/${name}`, { ...lease, spec: { ...spec, ...taken } });
    leadsUntil = started + times.renew;
  }

  async function release(): Promise<void> {
    if (!isLeader()) return;
    leadsUntil = 0;
    const lease = (await ask("GET", `${collection}/${name}`)) as Lease;
    if (lease.spec?.holderIdentity !== identity) return;
    await ask("PUT", `${collection}/${name}`, {
      ...lease,
      spec: { ...lease.spec, holderIdentity: "", leaseDurationSeconds: 1 },
    });
  }

  async function run(): Promise<void> {
    while (!ending.signal.aborted) {
      await attempt().catch(() => {});
      report();
      await sleep(times.retry * (0.8 + Math.random() * 0.4), undefined, { signal: ending.signal }).catch(() => {});
      report();
    }
  }
  const running = run();
  return {
    isLeader,
    leader,
    stop: async () => {
      ending.abort();
      await running;
      await release().catch(() => {});
      report();
    },
  };
}
