// The one client of the API server: requests with a connection's credentials, over sockets that are kept and used again.
import { type IncomingMessage, request as plainRequest } from "node:http";
import { type RequestOptions, request as tlsRequest } from "node:https";
import { text } from "node:stream/consumers";
import type { Connection } from "./connection.ts";

export type ApiRequest = {
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** With its query. */
  readonly path: string;
  readonly body?: unknown;
  readonly contentType?: string;
  /** Ends the request and the reading of its answer. */
  readonly signal: AbortSignal;
};

/** What the API server refused, by its HTTP status. */
export class ApiError extends Error {
  readonly status: number;
  /** Of the header Retry-After, which the API server gives in seconds. */
  readonly retryAfterMillis: number | undefined;
  constructor(status: number, message: string, retryAfter?: string) {
    super(message);
    this.status = status;
    const seconds = Number(retryAfter ?? Number.NaN);
    this.retryAfterMillis = Number.isFinite(seconds) ? seconds * 1000 : undefined;
  }
}

export type ApiServer = {
  /** @throws ApiError for a status of 300 and above, and what Node throws for a connection that fails */
  open(request: ApiRequest): Promise<IncomingMessage>;
  /** The whole answer, parsed. @throws as open, and SyntaxError for an answer that is not JSON */
  read(request: ApiRequest): Promise<unknown>;
};

/** On node:https, because fetch would keep no connection with a connection's own certificates. */
export function apiServer(connection: Connection): ApiServer {
  const open = async (request: ApiRequest): Promise<IncomingMessage> => {
    const options = await connection.options();
    const body = request.body === undefined ? undefined : JSON.stringify(request.body);
    const headers = {
      ...options.headers,
      accept: "application/json",
      ...(body === undefined ? {} : { "content-type": request.contentType ?? "application/json" }),
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
    throw new ApiError(status, messageOf(await text(answer), status), answer.headers["retry-after"]);
  };
  return { open, read: async (request) => JSON.parse(await text(await open(request))) };
}

/** A Status has a message; what a proxy in between says has none. */
function messageOf(body: string, status: number): string {
  try {
    const { message } = JSON.parse(body) as { readonly message?: unknown };
    if (typeof message === "string") return message;
  } catch {}
  return `the API server answered ${status}`;
}
