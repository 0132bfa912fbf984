// What an HTTP server receives of the client's requests, on a kept connection.
import assert from "node:assert/strict";
import { once } from "node:events";
import { Agent, createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { test } from "node:test";
import { apiServer } from "./api-server.ts";

test("every method's body arrives complete, and the next request on the same connection is read correctly", async (context) => {
  const received: string[] = [];
  const ports = new Set<number>();
  const server = createServer(async (request, response) => {
    ports.add(request.socket.remotePort!);
    received.push(`${request.method} ${await text(request)}`);
    response.end("{}");
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  context.after(() => {
    agent.destroy();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  const client = apiServer({ server: `http://127.0.0.1:${port}`, options: async () => ({ agent }) });
  const signal = AbortSignal.timeout(30_000);
  for (const method of ["POST", "DELETE", "PUT", "DELETE", "PATCH"] as const)
    await client.read({ method, path: "/", body: { preconditions: { uid: "ü" } }, signal });
  await client.read({ method: "GET", path: "/", signal });
  const body = '{"preconditions":{"uid":"ü"}}';
  assert.deepEqual(received, [
    ...["POST", "DELETE", "PUT", "DELETE", "PATCH"].map((method) => `${method} ${body}`),
    "GET ",
  ]);
  assert.equal(ports.size, 1, "one connection");
});
