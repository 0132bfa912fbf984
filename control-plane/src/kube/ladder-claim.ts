// Keeps two installations of Expedite from serving one cluster: each would write the same objects. There is one PriorityLadder, and its
// status names the Lease of the installation that serves it; another one waits until that Lease is gone, and says so.
import { setTimeout as sleep } from "node:timers/promises";
import { ApiError, type ApiServer } from "./api-server.ts";
import { applyType } from "./apply.ts";
import { apiVersionOf, collectionPath, resources } from "./resources.ts";

export type ClaimOptions = {
  readonly server: ApiServer;
  /** Of this installation's Lease, like its name. */
  readonly namespace: string;
  readonly leaseName: string;
  /** Whether this replica has the Lease. */
  readonly hasLease: () => boolean;
  readonly changed: () => void;
  /** Called when another installation is found. `other`: its Lease, as namespace/name. */
  readonly refused: (other: string) => void;
  /** Called for the first failure of a row. */
  readonly failed: (error: Error) => void;
  /** Milliseconds: after which a Lease that does not change has no holder, between two checks, and between two attempts. */
  readonly times?: { readonly lease: number; readonly check: number; readonly retry: number };
};

export type Claim = {
  /** Never while another installation serves the cluster. */
  readonly isHeld: () => boolean;
  /** The Lease of the installation that serves the cluster instead, as namespace/name. */
  readonly other: () => string | undefined;
  /** Checks now, because the Lease has changed hands. */
  readonly check: () => void;
  readonly stop: () => Promise<void>;
};

type Ladder = {
  readonly metadata: { readonly resourceVersion: string };
  readonly status?: { readonly controller?: string };
};
type Lease = { readonly spec?: { readonly holderIdentity?: string } };

const ladders = collectionPath(resources.ladders);

export function claimLadder(options: ClaimOptions): Claim {
  const { server, namespace, leaseName, hasLease, changed, refused, failed } = options;
  const { times = { lease: 15_000, check: 10_000, retry: 2_000 } } = options;
  const own = `${namespace}/${leaseName}`;
  const ending = new AbortController();
  let waking = new AbortController();
  let isHeld = false;
  let other: string | undefined;
  let hasFailed = false;
  /** The other Lease's last change that was seen, by this replica's clock. */
  let seen = { of: "", spec: "", at: 0 };

  const ask = (method: "GET" | "PATCH", path: string, body?: unknown): Promise<unknown> => {
    const signal = AbortSignal.timeout(times.retry * 2);
    return server.read({ method, path, signal, ...(body === undefined ? {} : { body, contentType: applyType }) });
  };
  /** The field manager is the installation's own, so that a value of another one is a conflict. */
  const apply = (query: string, metadata: object = {}): Promise<unknown> =>
    ask("PATCH", `${ladders}/default/status?fieldManager=${encodeURIComponent(own)}${query}`, {
      ...{ apiVersion: apiVersionOf(resources.ladders), kind: resources.ladders.kind },
      ...{ metadata: { ...metadata, name: "default" }, status: { controller: own } },
    });

  const set = (held: boolean, by?: string): void => {
    const isNew = held !== isHeld || by !== other;
    if (by !== undefined && by !== other) refused(by);
    isHeld = held;
    other = by;
    if (isNew) changed();
  };

  async function attempt(): Promise<void> {
    if (!hasLease()) return set(false);
    const answer = (await ask("GET", `${ladders}?fieldSelector=metadata.name%3Ddefault`)) as {
      readonly items?: readonly Ladder[];
    };
    const ladder = answer.items?.[0];
    const by = ladder?.status?.controller;
    // Without a ladder there is nothing to serve.
    if (ladder === undefined || by === own) return set(hasLease());
    if (by !== undefined && (await isServing(by))) return set(false, by);
    try {
      if (by === undefined) await apply("");
      // Only if nobody else has taken it meanwhile.
      else await apply("&force=true", { resourceVersion: ladder.metadata.resourceVersion });
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      // Another one was faster, or something else changed: the next attempt reads it.
      if (error.status === 409) return;
      // A kind of an older version can't store it, so that nobody has it.
      if (by !== undefined) throw error;
    }
    set(hasLease());
  }

  /** Times in a Lease come from another clock, so it has to stay the same for as long as a holder may be silent. */
  async function isServing(by: string): Promise<boolean> {
    const [otherNamespace, name] = by.split("/");
    let lease: Lease;
    try {
      lease = (await ask("GET", `${collectionPath(resources.leases, otherNamespace)}/${name}`)) as Lease;
    } catch (error) {
      if (error instanceof ApiError && error.status === 404) return false;
      throw error;
    }
    const spec = JSON.stringify(lease.spec);
    if (by !== seen.of || spec !== seen.spec) seen = { of: by, spec, at: performance.now() };
    return (lease.spec?.holderIdentity ?? "") !== "" && performance.now() - seen.at <= times.lease;
  }

  async function run(): Promise<void> {
    while (!ending.signal.aborted) {
      waking = new AbortController();
      try {
        await attempt();
        hasFailed = false;
      } catch (error) {
        if (!hasFailed) failed(error as Error);
        hasFailed = true;
      }
      const signal = AbortSignal.any([ending.signal, waking.signal]);
      await sleep(isHeld ? times.check : times.retry, undefined, { signal }).catch(() => {});
    }
  }
  const running = run();
  return {
    isHeld: () => isHeld,
    other: () => other,
    check: () => {
      // It may be another's by the time that this replica has the Lease again.
      if (!hasLease()) set(false);
      waking.abort();
    },
    stop: async () => {
      ending.abort();
      await running;
    },
  };
}
