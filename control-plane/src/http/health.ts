// Answers Kubernetes' probes.

/** Times in seconds. */
export type Health = {
  /** Since the last reconcile ended, successful or not; undefined before the first. */
  sinceReconcile(): number | undefined;
  /** Since the program started. */
  uptime(): number;
  /** Whether every kind has been listed once. */
  synced(): boolean;
  /** Why this installation does nothing, if that is so. */
  refusal?(): string | undefined;
};

export type Probe = { readonly ok: boolean; readonly message: string };

/** Seconds. The controller reconciles at least every 30; a restart lists everything anew, so it is the last resort. */
export const longestPause = 120;

/**
 * Liveness: whether the controller still reconciles. It stays alive without an API server, because a restart would only lose what is known.
 */
export function live(health: Health): Probe {
  const seconds = health.sinceReconcile() ?? health.uptime();
  if (seconds <= longestPause) return { ok: true, message: "ok" };
  return { ok: false, message: `the last reconcile was ${Math.round(seconds)} s ago; allowed: ${longestPause} s` };
}

/**
 * Readiness: whether everything has been listed once, and this installation is the one that serves the cluster: an installation that waits for
 * its pods then fails, instead of doing nothing. It does not depend on who leads (a waiting replica is healthy), on istiod, or on
 * whether the API server answers now: removing the pod would not serve any request better.
 */
export function ready(health: Health): Probe {
  const refusal = health.refusal?.();
  if (refusal !== undefined) return { ok: false, message: refusal };
  return health.synced()
    ? { ok: true, message: "ok" }
    : {
        ok: false,
        message: "not everything has been listed yet; the log names what cannot be listed",
      };
}
