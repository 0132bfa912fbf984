// The agent's HTTP server: its probes and its metrics. There is no debug API, since the port is open on the node's addresses.
import type { FastifyBaseLogger, FastifyInstance } from "fastify";
import { version } from "../core/version.ts";
import { type AgentMetrics, type AgentReadings, createAgentMetrics } from "../http/agent-metrics.ts";
import { listenOnAll } from "../http/listen.ts";
import { httpServer } from "../http/server.ts";
import type { NodeWatch } from "../kube/node-watch.ts";
import type { Agent } from "./agent-loop.ts";
import { type AgentHealth, live, ready } from "./health.ts";
import { connectionsBefore } from "./node-report.ts";
import { countStates } from "./observer.ts";

export type ServerOptions = {
  /** Undefined while the agent waits for its lock. */
  readonly agent: () => Agent | undefined;
  /** What the links' classes have sent. */
  readonly classes: AgentReadings["classes"];
  readonly watch: NodeWatch;
  /** Seconds between two rounds of the loop, if nothing happens. */
  readonly interval: number;
  readonly port: number;
  readonly log: FastifyBaseLogger;
};

/** Resolves once it listens. */
export async function agentServer({ agent, classes, watch, interval, port, log }: ServerOptions): Promise<{
  readonly http: FastifyInstance;
  readonly metrics: AgentMetrics;
}> {
  const report = () => agent()?.report();
  const metrics = createAgentMetrics(
    {
      classes,
      staleness: watch.staleness,
      links: () => countStates(report()?.links ?? []),
      pods: () => countStates(report()?.pods ?? []),
      connectionsBefore: () => {
        const found = report();
        return found === undefined ? 0 : connectionsBefore(found);
      },
      failing: () => Object.entries(watch.problems()).map(([resource, { cause }]) => ({ resource, cause })),
    },
    version,
  );
  const health: AgentHealth = {
    sinceRound: () => {
      const at = agent()?.lastRound();
      return at === undefined ? undefined : (performance.now() - at) / 1000;
    },
    uptime: () => process.uptime(),
    interval,
    report,
    waiting: () => (agent() === undefined ? "another agent holds the node" : undefined),
  };
  const http = httpServer({
    live: () => live(health),
    ready: () => ready(health),
    registry: metrics.registry,
    logger: log,
  });
  await listenOnAll(http, port);
  return { http, metrics };
}
