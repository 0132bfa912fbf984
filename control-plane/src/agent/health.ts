// What the probes of Kubernetes are answered by the agent.
import type { Probe } from "../http/health.ts";
import type { NodeReport } from "./node-report.ts";

export type AgentHealth = {
  /** Seconds since the loop last came round; undefined before the first time. */
  readonly sinceRound: () => number | undefined;
  /** Seconds since the program started. */
  readonly uptime: () => number;
  /** Seconds between two rounds, if nothing happens. */
  readonly interval: number;
  readonly report: () => NodeReport | undefined;
  /** What the agent waits for before it looks at the node. */
  readonly waiting: () => string | undefined;
};

/** Seconds that a round may take longer than the interval. */
const grace = 120;

/** Liveness: whether the loop comes round. It goes on without an API server, and while another agent holds the node. */
export function live({ sinceRound, uptime, interval, waiting }: AgentHealth): Probe {
  const seconds = sinceRound() ?? uptime();
  const allowed = interval + grace;
  if (seconds <= allowed || waiting() !== undefined) return { ok: true, message: "ok" };
  return { ok: false, message: `the last round was ${Math.round(seconds)} s ago; allowed: ${allowed} s` };
}

/** Readiness: every link that can be active was read back as it should be. One that cannot be has its reason, and is no fault of the agent's. */
export function ready({ report, waiting }: AgentHealth): Probe {
  const found = report();
  if (found === undefined) return { ok: false, message: waiting() ?? "the node was not looked at yet" };
  const states = [...found.links, ...found.pods, ...found.problems];
  const [first, ...others] = states.flatMap((state) => ("reason" in state && state.reason === "Failed" ? [state] : []));
  if (first === undefined) return { ok: true, message: "ok" };
  const more = others.length === 0 ? "" : `; and ${others.length} more`;
  return { ok: false, message: `could not be set: ${first.problem}${more}` };
}
