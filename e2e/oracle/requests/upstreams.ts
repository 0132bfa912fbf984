// Applications behind clusters: each listens on a socket of its own, and answers with its cluster's name and what it saw of the request.
import { createServer, type Server } from "node:http";

/** A request with this header is answered 503, so that it is retried where a route says so. */
export const failing = "x-test-fail";

export type Seen = {
  readonly cluster: string;
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
};

export class Upstreams {
  readonly #servers: Server[] = [];

  async start(cluster: string, socket: string): Promise<void> {
    const server = createServer(({ method = "", url = "", headers }, response) => {
      const seen: Seen = { cluster, method, path: url, headers };
      const status = headers[failing] === undefined ? 200 : 503;
      response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(seen));
    });
    // Else it closes a connection on which the next request is under way.
    server.keepAliveTimeout = 3_600_000;
    this.#servers.push(server);
    await new Promise<void>((resolve) => server.listen(socket, resolve));
  }

  async stop(): Promise<void> {
    await Promise.all(
      this.#servers.map((server) => {
        server.closeAllConnections();
        return new Promise((resolve) => server.close(resolve));
      }),
    );
  }
}
