// Runs the applications behind clusters: each listens on its own socket, and answers with its cluster's name and what it saw of the
// request.
import { createServer, type Server } from "node:http";

/** A request with this header is answered with 503, so that a route with retries retries it. */
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
    // Without this, it would close a connection that carries the next request.
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
