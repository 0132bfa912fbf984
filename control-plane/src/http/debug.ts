// The debug API: answers with what the controller knows, as JSON, to those who may read it.
import { Readable } from "node:stream";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { type Authorize, TooManyQuestions } from "./authorization.ts";
import { jsonPieces } from "./json-stream.ts";

/** The answer for one path. It is built for each request, and not before. */
type View = {
  /** Plain data, or a promise of it; undefined while there is none. */
  readonly read: () => unknown;
  /** Why there is none now, and where to look. */
  readonly missing: () => string;
};

/** status.ts describes the answer of `status`, core/queue-report.ts that of `queues`. */
export type Views = Readonly<Record<"plan" | "snapshot" | "status" | "classes" | "queues", View>>;

/**
 * The nonResourceURL that a reader must be allowed to get. It is not the path itself, because every authenticated account of a cluster may
 * get `/api/*`, by the role system:discovery.
 */
export const permission = (view: string): string => `/expedite/${view}`;

/** `/api/v1/plan`, `/api/v1/snapshot`, `/api/v1/status`, `/api/v1/classes`, `/api/v1/queues`. */
export function serveDebug(server: FastifyInstance, views: Views, authorize: Authorize): void {
  for (const [name, view] of Object.entries(views))
    server.get(`/api/v1/${name}`, async (request, reply) => {
      const refusal = await refused(request, permission(name), authorize);
      if (refusal !== undefined) return refuse(reply, ...refusal);
      const data = await view.read();
      if (data === undefined) return refuse(reply, 503, view.missing());
      return reply.type("application/json; charset=utf-8").send(Readable.from(jsonPieces(data)));
    });
}

/** Undefined if the request may be answered. */
async function refused(
  request: FastifyRequest,
  path: string,
  authorize: Authorize,
): Promise<readonly [status: number, message: string] | undefined> {
  if (isLocal(request)) return undefined;
  const token = /^Bearer +([\w.~+/=-]+)$/i.exec(request.headers.authorization ?? "")?.[1];
  if (token === undefined)
    return [401, `send Authorization: Bearer with the token of an account that may get the nonResourceURL ${path}`];
  try {
    if (await authorize(token, path)) return undefined;
    return [403, `the token is not valid, or its account may not get the nonResourceURL ${path}`];
  } catch (error) {
    if (error instanceof TooManyQuestions) return [429, error.message];
    request.log.warn({ error: (error as Error).message }, "a token could not be checked");
    return [503, "the API server could not be asked about the token; try again"];
  }
}

/**
 * Whether the request comes from the pod's loopback: through kubectl port-forward or exec, which need more rights than this API. Only the
 * peer's address counts, never a header.
 */
function isLocal({ socket }: FastifyRequest): boolean {
  const address = socket.remoteAddress ?? "";
  return address === "127.0.0.1" || address === "::1" || address === "::ffff:127.0.0.1";
}

function refuse(reply: FastifyReply, status: number, message: string): FastifyReply {
  if (status === 401) reply.header("www-authenticate", "Bearer");
  return reply.code(status).send({ error: message });
}
