// trust: Mesh in real Envoy: a level is believed from a peer whose certificate is of our trust domain, and from nobody else.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { answerByLevel, bootstrap, filterText, ladder, toCluster } from "../envoy/bootstrap.ts";
import { closeClient, send } from "../envoy/client.ts";
import { type Envoy, startEnvoy } from "../envoy/envoy.ts";
import { missingWasmRuntime } from "../envoy/wasm-runtime.ts";
import { Authority, missingOpenssl } from "./certificates.ts";

const skip = missingOpenssl() || missingWasmRuntime();
const folder = mkdtempSync(join(tmpdir(), "mesh-trust-"));

const server = 19000;
const plain = 19001;
const peers = { friend: 19002, stranger: 19003 } as const;

/** A server with mutual TLS and without; and the peers' proxies, which pass on what the test sends. */
function config(authority: Authority): unknown {
  const filter = filterText({ role: "inbound", trust: "Mesh", trustDomain: "cluster.local" });
  const routes = answerByLevel(ladder.levels);
  const listeners = [
    {
      name: "server",
      port: server,
      filter,
      routes,
      transportSocket: authority.tls("server", { require_client_certificate: true }, "Downstream"),
    },
    { name: "plain", port: plain, filter, routes },
    ...Object.entries(peers).map(([name, port]) => ({ name, port, routes: [toCluster(name)] })),
  ];
  const clusters = Object.keys(peers).map((name) => ({
    name,
    port: server,
    transportSocket: authority.tls(name, {}, "Upstream"),
  }));
  return bootstrap(listeners, clusters);
}

let envoy: Envoy;
before(async () => {
  if (skip !== false) return;
  const authority = new Authority(folder);
  authority.certify("server", "spiffe://cluster.local/ns/shop/sa/server");
  authority.certify("friend", "spiffe://cluster.local/ns/shop/sa/friend");
  authority.certify("stranger", "spiffe://elsewhere.example/ns/shop/sa/stranger");
  envoy = await startEnvoy({ bootstrap: config(authority), concurrency: 2 });
});
after(async () => {
  await envoy?.stop();
  closeClient();
  rmSync(folder, { recursive: true, force: true });
});

async function seen(port: number): Promise<string | undefined> {
  const { status, headers } = await send(port, "/", { "x-request-priority": "batch" });
  assert.equal(status, 200);
  return headers["x-seen-level"];
}

test("Mesh: a peer of the trust domain is believed", { skip }, async () => {
  assert.equal(await seen(peers.friend), "batch");
});

test("Mesh: a peer of another trust domain is not believed", { skip }, async () => {
  assert.equal(await seen(peers.stranger), "");
});

test("Mesh: plaintext is not believed", { skip }, async () => {
  assert.equal(await seen(plain), "");
});
