// The agent's answers to Kubernetes' probes.
import type { Probe } from "../http/health.ts";
import type { NodeReport } from "./node-report.ts";

export type AgentHealth = {
  /** Seconds since the last round of the loop ended; undefined before the first. */
  readonly sinceRound: () => number | undefined;
  /** Seconds since the program started. */
  readonly uptime: () => number;
  /** Seconds between two rounds, if nothing happens. */
  readonly interval: number;
  readonly report: () => NodeReport | undefined;
  /** What the agent waits for before it examines the node. */
  readonly waiting: () => string | undefined;
};

/** Seconds by which a round may exceed the interval. */
const grace = 120;

/** Liveness: whether the loop still runs. It stays alive without an API server, and while another agent holds the node. */
export function live({ sinceRound, uptime, interval, waiting }: AgentHealth): Probe {
  const seconds = sinceRound() ?? uptime();
  const allowed = interval + grace;
  if (seconds <= allowed || waiting() !== undefined) return { ok: true, message: "ok" };
  return { ok: false, message: `the last round was ${Math.round(seconds)} s ago; allowed: ${allowed} s` };
}

/**
 * Readiness: every link that can be active was read back as intended. A link that cannot be active has a reason, and is no failure of the
 * agent's.
 */
export function ready({ report, waiting }: AgentHealth): Probe {
  const found = report();
  if (found === undefined) return { ok: false, message: waiting() ?? "the node has not been examined yet" };
  const states = [...found.links, ...found.pods, ...found.problems];
  const [first, ...others] = states.flatMap((state) => ("reason" in state && state.reason === "Failed" ? [state] : []));
  if (first === undefined) return { ok: true, message: "ok" };
  const more = others.length === 0 ? "" : `; and ${others.length} more`;
  return { ok: false, message: `could not be set: ${first.problem}${more}` };
}
