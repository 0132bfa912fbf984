// An application with a fixed number of workers and a first-in, first-out queue of its own, as a server with a pool of threads has. The
// request's path says what it does: /work?ms=10 keeps a worker for so long, /hold until `release` is called, /reset ends the connection
// instead of an answer, /bytes?size=100 answers with so many, /stream begins an answer that has no end, and /call?depth=3 keeps its worker
// while it calls itself through the proxy, so deep.
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { queueTicket } from "@expedite/filter/config/queue.ts";
import { send } from "../../envoy/client.ts";

export interface Application {
  /** The most requests that were here at once, and those that are here now, in work or waiting. */
  readonly most: number;
  readonly open: number;
  /** Requests that still had the header with which Envoy asked for their turn. */
  readonly tickets: number;
  /** The levels of the requests, in the order in which they came. */
  readonly came: readonly string[];
  /** Answers the requests for /hold. */
  release(): void;
  /** Changes the number of workers. Those that are gone finish what they have. */
  resize(workers: number): void;
  close(): Promise<void>;
}

export interface ApplicationOptions {
  readonly port: number;
  readonly workers: number;
  /** The proxy's port, for /call. */
  readonly proxy: number;
}

export async function startApplication({ port, workers: from, proxy }: ApplicationOptions): Promise<Application> {
  const state = { most: 0, open: 0, tickets: 0, came: [] as string[] };
  const sockets = new Set<Socket>();
  const line: (() => void)[] = [];
  const held: (() => void)[] = [];
  let busy = 0;
  let workers = from;
  const next = (): void => {
    while (busy < workers && line.length > 0) {
      busy += 1;
      line.shift()?.();
    }
  };
  const work = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { pathname, searchParams } = new URL(request.url ?? "/", "http://application");
    const depth = Number(searchParams.get("depth") ?? 0);
    if (pathname === "/reset") request.socket.destroy();
    else if (pathname === "/bytes") response.end(Buffer.alloc(Number(searchParams.get("size"))));
    else if (pathname === "/stream")
      response.writeHead(200, { "content-type": "text/event-stream" }).write("data: 1\n\n");
    else if (pathname === "/hold") held.push(() => response.writeHead(200).end("ok"));
    else if (depth > 0) {
      const forwarded = { "x-request-id": `${request.headers["x-request-id"]}` };
      const { status } = await send(proxy, `/call?depth=${depth - 1}`, forwarded);
      response.writeHead(status).end("ok");
    } else {
      await new Promise((resolve) => setTimeout(resolve, Number(searchParams.get("ms") ?? 0)));
      response.writeHead(200).end("ok");
    }
  };
  const server = createServer((request, response) => {
    state.open += 1;
    state.most = Math.max(state.most, state.open);
    if (request.headers[queueTicket] !== undefined) state.tickets += 1;
    state.came.push(`${request.headers["x-request-priority"] ?? "interactive"}`);
    let isWorking = false;
    const begin = (): void => {
      isWorking = true;
      work(request, response).catch(() => response.writeHead(502).end());
    };
    line.push(begin);
    response.on("close", () => {
      state.open -= 1;
      if (isWorking) busy -= 1;
      else line.splice(line.indexOf(begin), 1);
      next();
    });
    next();
  });
  server.on("upgrade", (_request: IncomingMessage, socket: Socket) => {
    socket.write("HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n");
    socket.on("data", (data) => socket.write(data));
  });
  server.on("connection", (socket: Socket) => {
    sockets.add(socket);
    socket.on("error", () => undefined);
    socket.on("close", () => sockets.delete(socket));
  });
  server.keepAliveTimeout = 3_600_000;
  server.listen(port, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const close = (): Promise<void> =>
    new Promise((resolve) => {
      server.close(() => resolve());
      for (const socket of sockets) socket.destroy();
    });
  return {
    get most() {
      return state.most;
    },
    get open() {
      return state.open;
    },
    get tickets() {
      return state.tickets;
    },
    get came() {
      return state.came;
    },
    resize(to) {
      workers = to;
      next();
    },
    release() {
      for (const answer of held.splice(0)) answer();
    },
    close,
  };
}
