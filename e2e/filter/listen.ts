// Lets the HTTP server of an application listen.
import type { Server } from "node:http";

export interface Application {
  close(): Promise<void>;
}

/** On loopback. Closing it ends its connections, too. */
export async function listen(server: Server, port: number): Promise<Application> {
  // Longer than any test: a connection that closes when idle may do so just as the proxy uses it.
  server.keepAliveTimeout = 3_600_000;
  server.listen(port, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  return {
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
