// Applications that answer behind a proxy, each on its own port: they fail, hang, redirect, switch protocols, stream, and count requests.
import { createServer as createHttp1, type IncomingMessage, type ServerResponse } from "node:http";
import { createServer as createHttp2, type Http2Server, type ServerHttp2Stream } from "node:http2";
import { createServer as createTcp, type Server, type Socket } from "node:net";

/** The names of the applications that each request reached, by the request's header x-test. */
export type Attempts = Map<string, string[]>;

export interface Application {
  close(): Promise<void>;
}

const closing = (server: Server | Http2Server, sockets: Set<Socket>): Application => ({
  close: () =>
    new Promise((resolve) => {
      server.close(() => resolve());
      for (const socket of sockets) socket.destroy();
    }),
});

async function listen(server: Server | Http2Server, port: number): Promise<Application> {
  const sockets = new Set<Socket>();
  server.on("connection", (socket: Socket) => {
    sockets.add(socket);
    socket.on("error", () => undefined);
    socket.on("close", () => sockets.delete(socket));
  });
  server.listen(port, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  return closing(server, sockets);
}

function answer(request: IncomingMessage, response: ServerResponse, attempt: number): void {
  const seen = request.headers["x-expedite-cluster"];
  const headers = { "x-attempt": `${attempt}`, ...(seen === undefined ? {} : { "x-saw-header": `${seen}` }) };
  const { pathname } = new URL(request.url ?? "/", "http://a");
  const reply = (status: number, more = {}): void => void response.writeHead(status, { ...headers, ...more }).end("ok");
  if (pathname === "/flaky") reply(attempt < 3 ? 503 : 200);
  else if (pathname === "/failing") reply(503);
  else if (pathname === "/hanging" || (pathname === "/slow-once" && attempt === 1))
    setTimeout(reply, 10_000, 200).unref();
  else if (pathname === "/redirecting") reply(302, { location: "http://a/landed" });
  else reply(200);
}

/** HTTP/1.1, with upgrades to a protocol that echoes. */
export function startHttp1(name: string, port: number, attempts: Attempts): Promise<Application> {
  const note = (request: IncomingMessage): number => {
    const id = `${request.headers["x-test"]}`;
    const all = [...(attempts.get(id) ?? []), name];
    attempts.set(id, all);
    return all.length;
  };
  const server = createHttp1((request, response) => answer(request, response, note(request)));
  server.keepAliveTimeout = 3_600_000;
  server.on("upgrade", (request: IncomingMessage, socket: Socket) => {
    note(request);
    socket.write("HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n");
    socket.on("data", (data) => socket.write(data));
  });
  return listen(server, port);
}

/** HTTP/2 without TLS: echoes each message, then sends trailers. */
export function startGrpc(name: string, port: number, attempts: Attempts): Promise<Application> {
  const server = createHttp2();
  server.on("stream", (stream: ServerHttp2Stream, headers) => {
    const id = `${headers["x-test"]}`;
    attempts.set(id, [...(attempts.get(id) ?? []), name]);
    stream.on("error", () => undefined);
    stream.respond({ ":status": 200, "content-type": "application/grpc" }, { waitForTrailers: true });
    stream.on("wantTrailers", () => stream.sendTrailers({ "grpc-status": "0", "x-served-by": name }));
    stream.on("data", (data: Buffer) => stream.write(data));
    stream.on("end", () => stream.end());
  });
  return listen(server, port);
}

/** The server behind CONNECT: echoes every byte. */
export function startEcho(port: number): Promise<Application> {
  return listen(
    createTcp((socket) => socket.on("data", (data) => socket.write(data))),
    port,
  );
}
