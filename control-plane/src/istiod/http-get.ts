// GET by plain HTTP from a pod. On node:http, because Node's fetch takes 12 MB of memory.
import type { IncomingMessage } from "node:http";

/** Not imported: an import reads every export of node:http, and WebSocket among them loads fetch. */
const { request } = process.getBuiltinModule("node:http");

export type GetOptions = {
  readonly headers?: Readonly<Record<string, string>>;
  /** Ends the request and the reading of its answer. */
  readonly signal: AbortSignal;
  /** What is longer is cut. Absent: no bound. */
  readonly maxBytes?: number;
};

export type Answer = { readonly status: number; readonly text: string };

/** @throws what Node throws for a connection that fails, or when the signal ends it */
export async function get(
  url: string,
  { headers = {}, signal, maxBytes = Number.POSITIVE_INFINITY }: GetOptions,
): Promise<Answer> {
  const answer = await new Promise<IncomingMessage>((resolve, reject) => {
    const sent = request(url, { headers, signal }, resolve);
    sent.once("error", reject);
    sent.end();
  });
  answer.setEncoding("utf8");
  let text = "";
  for await (const piece of answer) {
    text += piece as string;
    if (text.length > maxBytes) break;
  }
  return { status: answer.statusCode ?? 0, text };
}
