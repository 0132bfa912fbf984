// On which addresses a server listens: all of them, also where the kernel has no IPv6.
import assert from "node:assert/strict";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import { fastify } from "fastify";
import { listenOnAll } from "./listen.ts";

test("a kernel without IPv6 is listened on by IPv4, and any other failure is one", async (context) => {
  const http = fastify();
  context.after(() => http.close());
  const failing = (code: string) => ({
    listen: ((options: { readonly host: string; readonly port: number }) =>
      options.host === "::"
        ? Promise.reject(Object.assign(new Error(`listen ${code}`), { code }))
        : http.listen(options)) as unknown as typeof http.listen,
  });
  await assert.rejects(listenOnAll(failing("EADDRINUSE"), 0), /EADDRINUSE/);
  await listenOnAll(failing("EAFNOSUPPORT"), 0);
  assert.equal((http.server.address() as AddressInfo).address, "0.0.0.0");
});
