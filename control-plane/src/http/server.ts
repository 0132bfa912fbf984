// The HTTP server for probes, metrics and, where a program has one, the debug API.
import { type FastifyBaseLogger, type FastifyInstance, fastify, LogController } from "fastify";
import type { Registry } from "prom-client";
import type { Authorize } from "./authorization.ts";
import { serveDebug, type Views } from "./debug.ts";
import type { Probe } from "./health.ts";

export type HttpOptions = {
  readonly live: () => Probe;
  readonly ready: () => Probe;
  readonly registry: Registry;
  /** Absent: the program has no debug API. */
  readonly debug?: { readonly views: Views; readonly authorize: Authorize };
  /** For failures only: neither requests nor their headers are logged. */
  readonly logger: FastifyBaseLogger;
};

/** Not listening yet: see listen.ts. close() does not wait for kept-alive connections. */
export function httpServer({ live, ready, registry, debug, logger }: HttpOptions): FastifyInstance {
  const server = fastify({
    loggerInstance: logger,
    logController: new LogController({ disableRequestLogging: true }),
    forceCloseConnections: true,
    // Milliseconds. No request has a body here, and a stalled client does not block anything.
    requestTimeout: 10_000,
    connectionTimeout: 60_000,
    bodyLimit: 1024,
    // Without this, fastify would load its own schema compilers, which take memory.
    schemaController: { compilersFactory: { buildValidator: noSchemas, buildSerializer: noSchemas } },
  });
  serveProbe(server, "/healthz", live);
  serveProbe(server, "/readyz", ready);
  server.get("/metrics", async (_, reply) => reply.type(registry.contentType).send(await registry.metrics()));
  if (debug !== undefined) serveDebug(server, debug.views, debug.authorize);
  const paths = [
    "/healthz",
    "/readyz",
    "/metrics",
    ...Object.keys(debug?.views ?? {}).map((name) => `/api/v1/${name}`),
  ];
  server.setNotFoundHandler(async (_, reply) =>
    reply.code(404).send({ error: `not found; the paths are ${paths.join(", ")}` }),
  );
  return server;
}

/** @throws always: no route here has a schema */
function noSchemas(): never {
  throw new Error("a route has a schema: let fastify compile it");
}

function serveProbe(server: FastifyInstance, path: string, probe: () => Probe): void {
  server.get(path, async (_, reply) => {
    const { ok, message } = probe();
    return reply
      .code(ok ? 200 : 503)
      .type("text/plain; charset=utf-8")
      .send(`${message}\n`);
  });
}
