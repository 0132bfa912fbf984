// A client of the API server over HTTPS, as cluster-admin. It is fast enough for tens of thousands of objects: connections are kept open,
// and `each` bounds the number of requests in flight.
import { readFileSync } from "node:fs";
import type { IncomingMessage } from "node:http";
import { Agent, request } from "node:https";
import { join } from "node:path";
import { createInterface } from "node:readline";
import pLimit from "p-limit";
import { apiServerUrl } from "../../kubernetes/addresses.ts";

type Method = "GET" | "POST" | "PUT" | "PATCH" | "DELETE";

export interface WatchEvent {
  readonly type: "ADDED" | "MODIFIED" | "DELETED" | "BOOKMARK" | "ERROR";
  readonly object: ApiObject;
}

interface ApiObject {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string; readonly resourceVersion: string };
}

export interface Api {
  /** @returns the body as text. @throws with the status and the API server's message when the status is above 299 */
  text(method: Method, path: string, body?: unknown, contentType?: string): Promise<string>;
  /** The body, parsed as JSON. */
  json<T = ApiObject>(method: Method, path: string, body?: unknown, contentType?: string): Promise<T>;
  /** Server-side apply as the field manager `bench`. */
  apply(path: string, object: unknown): Promise<unknown>;
  /** Calls `see` for each event after `resourceVersion` until it is stopped. The promise resolves once the watch is open. */
  watch(path: string, resourceVersion: string, see: (event: WatchEvent) => void): Promise<() => void>;
  close(): void;
}

const concurrency = 24;

/** Calls `work` for every item, for a bounded number at a time. */
export async function each<T>(items: readonly T[], work: (item: T) => Promise<unknown>): Promise<void> {
  await pLimit(concurrency).map(items, work);
}

async function readAll(response: IncomingMessage): Promise<string> {
  let text = "";
  response.setEncoding("utf8");
  for await (const chunk of response) text += chunk;
  return text;
}

/** @param pki the folder with the cluster's certificates */
export function connect(pki: string): Api {
  const read = (name: string): Buffer => readFileSync(join(pki, name));
  const agent = new Agent({ keepAlive: true, ca: read("ca.crt"), cert: read("admin.crt"), key: read("admin.key") });
  const open = (method: Method, path: string, body?: unknown, contentType = "application/json") =>
    new Promise<IncomingMessage>((resolve, reject) => {
      const headers = body === undefined ? {} : { "content-type": contentType };
      const sent = request(`${apiServerUrl}${path}`, { agent, method, headers }, resolve);
      sent.on("error", reject);
      sent.end(body === undefined ? undefined : JSON.stringify(body));
    });
  const text: Api["text"] = async (method, path, body, contentType) => {
    const response = await open(method, path, body, contentType);
    const answer = await readAll(response);
    if ((response.statusCode ?? 500) > 299)
      throw new Error(`${method} ${path}: ${response.statusCode} ${answer.slice(0, 500)}`);
    return answer;
  };
  const json = async <T>(method: Method, path: string, body?: unknown, contentType?: string): Promise<T> =>
    JSON.parse(await text(method, path, body, contentType)) as T;
  return {
    text,
    json,
    apply: (path, object) =>
      text("PATCH", `${path}?fieldManager=bench&force=true`, object, "application/apply-patch+yaml"),
    watch: async (path, resourceVersion, see) => {
      const separator = path.includes("?") ? "&" : "?";
      const query = `watch=true&resourceVersion=${resourceVersion}&timeoutSeconds=7200`;
      const response = await open("GET", `${path}${separator}${query}`);
      response.on("error", () => {}); // the watch was stopped
      createInterface({ input: response }).on("line", (line) => see(JSON.parse(line) as WatchEvent));
      return () => void response.destroy();
    },
    close: () => agent.destroy(),
  };
}
