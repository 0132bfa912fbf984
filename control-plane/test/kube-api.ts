// An API server on a real socket for tests: lists and watches with selectors, status patches, and outages.
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { createServer as createSecureServer } from "node:https";
import type { AddressInfo } from "node:net";
import type { Certificate } from "./service-account.ts";

type Labels = Readonly<Record<string, string>>;
type ApiObject = {
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly generation?: number;
    readonly labels?: Labels;
    readonly annotations?: Labels;
  };
  readonly spec?: object;
  readonly status?: object;
};

export type KubeApi = {
  readonly url: string;
  /** Creates or replaces an object. `collection`: its path, for example /api/v1/pods. */
  readonly put: (collection: string, object: ApiObject) => void;
  readonly remove: (collection: string, name: string, namespace?: string) => void;
  readonly get: (collection: string, name: string, namespace?: string) => ApiObject | undefined;
  /** Paths of writes, in order. */
  readonly writes: readonly string[];
  /** Ends every connection and accepts none until it is back. */
  readonly setAway: (isAway: boolean) => void;
  /** While a collection is missing, its lists and watches get a 404. */
  readonly setMissing: (collection: string, isMissing: boolean) => void;
  readonly close: () => Promise<void>;
};

type Stored = ApiObject & { readonly metadata: ApiObject["metadata"] & { readonly resourceVersion: string } };
type Event = { readonly type: string; readonly collection: string; readonly object: Stored };
type Watch = { readonly collection: string; readonly query: URLSearchParams; readonly response: ServerResponse };

/** `certificate`: for HTTPS. */
export async function kubeApi(host = "127.0.0.1", certificate?: Certificate): Promise<KubeApi> {
  const stored = new Map<string, Stored>();
  const watches = new Set<Watch>();
  const missing = new Set<string>();
  const writes: string[] = [];
  const events: Event[] = [];
  let version = 1;
  let isAway = false;
  const key = (collection: string, { metadata }: { metadata: ApiObject["metadata"] }): string =>
    `${collection} ${metadata.namespace ?? ""}/${metadata.name}`;

  const send = ({ collection, query, response }: Watch, { type, object, ...event }: Event): void => {
    if (event.collection !== collection || !isSelected(query, object)) return;
    response.write(`${JSON.stringify({ type, object })}\n`);
  };
  const tell = (type: string, collection: string, object: Stored): void => {
    const event = { type, collection, object };
    events.push(event);
    for (const watch of watches) send(watch, event);
  };
  const put = (collection: string, object: ApiObject): void => {
    const next = {
      ...object,
      metadata: { uid: object.metadata.name, ...object.metadata, resourceVersion: String(++version) },
    };
    const before = stored.get(key(collection, object));
    stored.set(key(collection, object), next);
    tell(before === undefined ? "ADDED" : "MODIFIED", collection, next);
  };

  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { pathname, searchParams: query } = new URL(request.url!, "http://server");
    if (isAway) return void request.socket.destroy();
    response.setHeader("content-type", "application/json");
    if (request.method !== "GET") {
      let text = "";
      for await (const part of request) text += part;
      writes.push(`${request.method} ${pathname}`);
      const object = JSON.parse(text) as ApiObject;
      const collection = request.method === "POST" ? pathname : pathname.replace(/\/[^/]+(\/status)?$/, "");
      const before = stored.get(key(collection, object));
      if (request.method === "PATCH" && before === undefined) {
        response.statusCode = 404;
        return void response.end(JSON.stringify({ message: `${collection} "${object.metadata.name}" not found` }));
      }
      put(collection, { ...before, ...object, metadata: { ...before?.metadata, ...object.metadata } });
      return void response.end(JSON.stringify(stored.get(key(collection, object))));
    }
    if (missing.has(pathname)) {
      response.statusCode = 404;
      return void response.end(JSON.stringify({ message: "the server could not find the requested resource" }));
    }
    if (query.has("watch")) {
      const watch = { collection: pathname, query, response };
      watches.add(watch);
      response.once("close", () => watches.delete(watch));
      response.flushHeaders();
      const from = Number(query.get("resourceVersion"));
      for (const event of events) if (Number(event.object.metadata.resourceVersion) > from) send(watch, event);
      return;
    }
    const items = [...stored].flatMap(([name, object]) =>
      name.startsWith(`${pathname} `) && isSelected(query, object) ? [object] : [],
    );
    return void response.end(JSON.stringify({ items, metadata: { resourceVersion: String(version) } }));
  };
  const server = certificate === undefined ? createServer(answer) : createSecureServer(certificate, answer);
  await new Promise<void>((resolve) => server.listen(0, host, resolve));
  const end = (): void => server.closeAllConnections();
  return {
    url: `${certificate === undefined ? "http" : "https"}://${host}:${(server.address() as AddressInfo).port}`,
    put,
    remove: (collection, name, namespace) => {
      const object = stored.get(
        key(collection, { metadata: { name, ...(namespace === undefined ? {} : { namespace }) } }),
      );
      if (object === undefined) return;
      stored.delete(key(collection, object));
      tell("DELETED", collection, { ...object, metadata: { ...object.metadata, resourceVersion: String(++version) } });
    },
    get: (collection, name, namespace) =>
      stored.get(key(collection, { metadata: { name, ...(namespace === undefined ? {} : { namespace }) } })),
    writes,
    setAway: (is) => {
      isAway = is;
      if (is) end();
    },
    setMissing: (collection, is) => {
      if (is) missing.add(collection);
      else missing.delete(collection);
      end();
    },
    close: () => {
      end();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

function isSelected(query: URLSearchParams, { metadata, spec = {} }: ApiObject): boolean {
  const fields: Readonly<Record<string, unknown>> = {
    "metadata.name": metadata.name,
    "spec.nodeName": (spec as { nodeName?: string }).nodeName,
  };
  const [field, value] = query.get("fieldSelector")?.split("=") ?? [];
  const label = query.get("labelSelector");
  return (field === undefined || fields[field] === value) && (label === null || metadata.labels?.[label] !== undefined);
}
