// The only client of the API server: sends requests with a connection's credentials, over sockets that are kept open and reused.
import type { IncomingMessage } from "node:http";
import { type RequestOptions, request as tlsRequest } from "node:https";
import { text } from "node:stream/consumers";
import type { Connection } from "./connection.ts";

/** Not a static import, which would read every export of node:http; one of them, WebSocket, loads Node's fetch, which takes 12 MB. */
const { request: plainRequest } = process.getBuiltinModule("node:http");

export type ApiRequest = {
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** Including its query. */
  readonly path: string;
  readonly body?: unknown;
  readonly contentType?: string;
  /** Aborts the request and the reading of its response. */
  readonly signal: AbortSignal;
};

type ApiErrorOptions = {
  readonly retryAfter?: string | undefined;
  readonly fields?: readonly string[];
  readonly hasStatus?: boolean;
};

/** The API server's refusal, with its HTTP status. */
export class ApiError extends Error {
  readonly status: number;
  /** The header Retry-After, which the API server gives in seconds. */
  readonly retryAfterMillis: number | undefined;
  /** Fields of the object that it names as causes. */
  readonly fields: readonly string[];
  /** Whether it came with a Status of Kubernetes. Without one it may come from something in between, such as a load balancer. */
  readonly hasStatus: boolean;

  constructor(status: number, message: string, { retryAfter, fields = [], hasStatus = true }: ApiErrorOptions = {}) {
    super(message);
    this.status = status;
    this.fields = fields;
    this.hasStatus = hasStatus;
    const seconds = Number(retryAfter ?? Number.NaN);
    this.retryAfterMillis = Number.isFinite(seconds) ? seconds * 1000 : undefined;
  }
}

export type ApiServer = {
  /** @throws ApiError for a status of 300 and above, and whatever Node throws for a failed connection */
  open(request: ApiRequest): Promise<IncomingMessage>;
  /** The whole response, parsed. @throws like open, and SyntaxError for a response that is not JSON */
  read(request: ApiRequest): Promise<unknown>;
};

/** Uses node:https, because fetch would not keep connections open with a connection's own certificates. */
export function apiServer(connection: Connection): ApiServer {
  const open = async (request: ApiRequest): Promise<IncomingMessage> => {
    const options = await connection.options();
    const body = request.body === undefined ? undefined : JSON.stringify(request.body);
    const headers = {
      ...options.headers,
      accept: "application/json",
      ...(body === undefined ? {} : bodyHeaders(body, request.contentType)),
    };
    const url = new URL(connection.server + request.path);
    const start = url.protocol === "https:" ? tlsRequest : plainRequest;
    const { method, signal } = request;
    const answer = await new Promise<IncomingMessage>((resolve, reject) => {
      const sent = start(url, { ...options, headers, method, signal } as RequestOptions, resolve);
      sent.once("error", reject);
      sent.end(body);
    });
    const status = answer.statusCode ?? 0;
    if (status < 300) return answer;
    throw apiErrorOf(status, await text(answer), answer.headers["retry-after"]);
  };
  return { open, read: async (request) => JSON.parse(await text(await open(request))) };
}

/**
 * Node sends the body of a DELETE without a length unless told otherwise: the server would not read it, and take it for the beginning of
 * the next request.
 */
function bodyHeaders(body: string, contentType = "application/json"): Readonly<Record<string, string | number>> {
  return { "content-type": contentType, "content-length": Buffer.byteLength(body) };
}

/** A Status has a message and may name fields; the response of a proxy in between has neither. */
function apiErrorOf(status: number, body: string, retryAfter: string | undefined): ApiError {
  try {
    const { message, details } = JSON.parse(body) as Status;
    const fields = (details?.causes ?? []).flatMap(({ field }) => (field === undefined ? [] : [field]));
    if (typeof message === "string") return new ApiError(status, message, { retryAfter, fields });
  } catch {}
  return new ApiError(status, `the API server answered ${status}`, { retryAfter, hasStatus: false });
}

type Status = {
  readonly message?: unknown;
  readonly details?: { readonly causes?: readonly { readonly field?: string }[] };
};
