// The controller's HTTP server: its probes, its metrics, and its debug API for those who may read it.
import type { FastifyBaseLogger, FastifyInstance } from "fastify";
import { remembered } from "../http/authorization.ts";
import { live, ready } from "../http/health.ts";
import { listenOnAll } from "../http/listen.ts";
import type { Metrics } from "../http/metrics.ts";
import { httpServer } from "../http/server.ts";
import type { ApiServer } from "../kube/api-server.ts";
import { authorizer } from "../kube/token-review.ts";
import type { WatchedKubernetes } from "../kube/watch-cache.ts";
import type { Controller } from "../reconcile/controller.ts";
import type { Leadership } from "./leadership.ts";
import { debugViews, healthOf } from "./views.ts";

export type ServerOptions = {
  readonly identity: string;
  readonly controller: Controller;
  readonly kubernetes: WatchedKubernetes;
  readonly elector: Leadership;
  readonly metrics: Metrics;
  /** The API server that is asked who may read. */
  readonly server: ApiServer;
  readonly port: number;
  readonly log: FastifyBaseLogger;
};

/** Resolves once it listens. */
export async function controllerServer(options: ServerOptions): Promise<FastifyInstance> {
  const { identity, controller, kubernetes, elector, metrics, server, port, log } = options;
  const health = healthOf({ kubernetes, controller, elector });
  const http = httpServer({
    live: () => live(health),
    ready: () => ready(health),
    registry: metrics.registry,
    debug: {
      views: debugViews(identity, { controller, kubernetes, elector }),
      authorize: remembered(authorizer(server)),
    },
    logger: log,
  });
  await listenOnAll(http, port);
  return http;
}
