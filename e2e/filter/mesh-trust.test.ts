// trust: Mesh in real Envoy: a level is believed from a peer whose certificate is of our trust domain, and from nobody else.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { type Envoy, startEnvoy } from "../envoy/envoy.ts";
import { answerByLevel, bootstrap, filterText, ladder, toCluster } from "./bootstrap.ts";
import { closeClient, send } from "./client.ts";
import { missingWasmRuntime } from "./wasm-runtime.ts";

function findOpenssl(): string | undefined {
  try {
    return execFileSync("openssl", ["version"], { encoding: "utf8" });
  } catch {
    return undefined;
  }
}

const skip = findOpenssl() === undefined ? "openssl is not installed" : missingWasmRuntime();
const folder = mkdtempSync(join(tmpdir(), "mesh-trust-"));
const file = (name: string): string => join(folder, name);

function openssl(...args: string[]): void {
  execFileSync("openssl", args, { cwd: folder, stdio: "pipe" });
}

function makeAuthority(): void {
  const subject = ["-subj", "/CN=test authority", "-days", "2", "-nodes"];
  openssl(
    "req",
    "-x509",
    "-newkey",
    "ec",
    "-pkeyopt",
    "ec_paramgen_curve:P-256",
    ...subject,
    "-keyout",
    "ca.key",
    "-out",
    "ca.pem",
  );
}

/** A certificate as a mesh's authority makes it: no common name that matters, one URI. */
function makeCertificate(name: string, uri: string): void {
  writeFileSync(file(`${name}.ext`), `subjectAltName=URI:${uri}\n`);
  openssl(
    "req",
    "-newkey",
    "ec",
    "-pkeyopt",
    "ec_paramgen_curve:P-256",
    "-nodes",
    "-subj",
    "/O=test",
    "-keyout",
    `${name}.key`,
    "-out",
    `${name}.csr`,
  );
  openssl(
    "x509",
    "-req",
    "-in",
    `${name}.csr`,
    "-CA",
    "ca.pem",
    "-CAkey",
    "ca.key",
    "-CAcreateserial",
    "-days",
    "2",
    "-extfile",
    `${name}.ext`,
    "-out",
    `${name}.pem`,
  );
}

const validation = { trusted_ca: { filename: file("ca.pem") } };

function tls(name: string, context: object, side: "Downstream" | "Upstream"): Record<string, unknown> {
  const certificate = {
    certificate_chain: { filename: file(`${name}.pem`) },
    private_key: { filename: file(`${name}.key`) },
  };
  return {
    name: "envoy.transport_sockets.tls",
    typed_config: {
      "@type": `type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.${side}TlsContext`,
      common_tls_context: { tls_certificates: [certificate], validation_context: validation },
      ...context,
    },
  };
}

const server = 19000;
const plain = 19001;
const peers = { friend: 19002, stranger: 19003 } as const;

/** A server with mutual TLS and without; and the peers' proxies, which pass on what the test sends. */
function config(): unknown {
  const filter = filterText({ role: "inbound", trust: "Mesh", trustDomain: "cluster.local" });
  const routes = answerByLevel(ladder.levels);
  const listeners = [
    {
      name: "server",
      port: server,
      filter,
      routes,
      transportSocket: tls("server", { require_client_certificate: true }, "Downstream"),
    },
    { name: "plain", port: plain, filter, routes },
    ...Object.entries(peers).map(([name, port]) => ({ name, port, routes: [toCluster(name)] })),
  ];
  const clusters = Object.keys(peers).map((name) => ({
    name,
    port: server,
    transportSocket: tls(name, {}, "Upstream"),
  }));
  return bootstrap(listeners, clusters);
}

let envoy: Envoy;
before(async () => {
  if (skip !== false) return;
  makeAuthority();
  makeCertificate("server", "spiffe://cluster.local/ns/shop/sa/server");
  makeCertificate("friend", "spiffe://cluster.local/ns/shop/sa/friend");
  makeCertificate("stranger", "spiffe://elsewhere.example/ns/shop/sa/stranger");
  envoy = await startEnvoy({ bootstrap: config(), concurrency: 2 });
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
