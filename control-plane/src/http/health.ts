// In: how the loop is doing. Out: what the probes of Kubernetes are answered.

/** Times in seconds. */
export type Health = {
  /** Since the loop's last turn ended, however it ended; undefined before the first. */
  sinceReconcile(): number | undefined;
  /** Since the program started. */
  uptime(): number;
  /** Whether everything was listed once. */
  synced(): boolean;
};

export type Probe = { readonly ok: boolean; readonly message: string };

/** Seconds. A turn comes at least every 30; a restart costs a new listing of everything, so it is the last resort. */
export const longestTurn = 120;

/** Liveness: whether the loop still turns. An API server that is away does not stop it: a restart would bring nothing and forget what is known. */
export function live(health: Health): Probe {
  const seconds = health.sinceReconcile() ?? health.uptime();
  if (seconds <= longestTurn) return { ok: true, message: "ok" };
  return { ok: false, message: `the loop last turned ${Math.round(seconds)} s ago; allowed: ${longestTurn} s` };
}

/**
 * Readiness: whether the world was seen once. It does not ask who leads (a replica that waits is well), nor istiod, nor whether the
 * API server answers now: nothing is served from here that would be better without us.
 */
export function ready(health: Health): Probe {
  return health.synced()
    ? { ok: true, message: "ok" }
    : {
        ok: false,
        message: "not everything has been listed yet: is the API server reachable, and are the rights there?",
      };
}
