// Sends a GET over plain HTTP to a pod, with node:http, because Node's fetch takes 12 MB of memory.
import type { IncomingMessage } from "node:http";

/** Not a static import, which would read every export of node:http; one of them, WebSocket, loads fetch. */
const { request } = process.getBuiltinModule("node:http");

export type GetOptions = {
  readonly headers?: Readonly<Record<string, string>>;
  /** Aborts the request and the reading of its response. */
  readonly signal: AbortSignal;
  /** Longer responses are cut off. Absent: no limit. */
  readonly maxBytes?: number;
};

export type Answer = { readonly status: number; readonly text: string };

/** @throws whatever Node throws for a failed connection or an abort */
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
