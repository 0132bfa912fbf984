// Reports to log and metrics what the agent's loop does: each change of the node, and each new reason.
import type { Logger } from "pino";
import type { AgentMetrics } from "../http/agent-metrics.ts";
import type { AgentObserver } from "./agent-loop.ts";
import { isActive, type LinkState, type NodeReport, type PodState } from "./node-report.ts";

export function agentObserver(log: Logger, metrics: AgentMetrics): AgentObserver {
  let inactive: ReadonlySet<string> = new Set();
  return {
    reconciled: ({ report, seconds, repaired }) => {
      metrics.reconciled(seconds, repaired);
      for (const state of statesOf(report)) {
        if (!isActive(state) || state.changed.length === 0) continue;
        log.info({ ...nameOf(state), changed: state.changed, connectionsBefore: state.connectionsBefore }, "changed");
      }
      if (report.scavenger !== undefined && "changed" in report.scavenger && report.scavenger.changed.length > 0)
        log.info({ changed: report.scavenger.changed }, "changed");
      if (report.removed.length > 0) log.info({ removed: report.removed }, "removed what is no longer wanted");
      const found = new Map(reasonsOf(report));
      for (const [text, fields] of found) if (!inactive.has(text)) log.warn(fields, "inactive");
      inactive = new Set(found.keys());
    },
    undecided: (reason) => log.info({ reason }, "nothing can be decided, so the node stays as it is"),
    failed: (error) => {
      metrics.failed();
      log.error({ error: error.message }, "a reconcile failed and is retried");
    },
  };
}

/** Counts by state: `Active`, or a reason. */
export function countStates(states: readonly (LinkState | PodState)[]): Readonly<Record<string, number>> {
  const counts: Record<string, number> = { Active: 0 };
  for (const state of states) {
    const name = isActive(state) ? "Active" : state.reason;
    counts[name] = (counts[name] ?? 0) + 1;
  }
  return counts;
}

const statesOf = ({ links, pods }: NodeReport): readonly (LinkState | PodState)[] => [...links, ...pods];

function reasonsOf(report: NodeReport): readonly (readonly [text: string, fields: object])[] {
  const states = statesOf(report).flatMap((state) =>
    isActive(state) ? [] : [{ ...nameOf(state), reason: state.reason, problem: state.problem }],
  );
  const { scavenger } = report;
  const missing = scavenger !== undefined && "reason" in scavenger ? [{ scavenger: false, ...scavenger }] : [];
  return [...states, ...report.problems, ...missing].map((fields) => [JSON.stringify(fields), fields]);
}

function nameOf(state: LinkState | PodState): object {
  const { namespace, pod } = state;
  const level = "level" in state ? { level: state.level } : {};
  const link = "link" in state ? { link: state.link } : {};
  return { ...link, ...level, ...(pod === undefined ? {} : { pod: `${namespace}/${pod}` }) };
}
