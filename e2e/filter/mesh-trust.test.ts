// trust: Mesh in real Envoy, in a mesh with trust domain prod.example (formerly old.example) and cluster domain corp.local: a level is
// trusted from a peer whose certificate belongs to one of the mesh's trust domains, and from nobody else.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { defaultVariant } from "@expedite/filter/config/level-cluster.ts";
import type { FilterConfig } from "@expedite/filter/config/schema.ts";
import { answerByLevel, bootstrap, filterText, ladder, toCluster } from "../envoy/bootstrap.ts";
import { closeClient, send } from "../envoy/client.ts";
import { type Envoy, startEnvoy } from "../envoy/envoy.ts";
import { lookUp, sharedRoute, specifier } from "../envoy/shared-routes.ts";
import { missingWasmRuntime } from "../envoy/wasm-runtime.ts";
import { Authority, missingOpenssl } from "./certificates.ts";
import { upstream } from "./level-clusters/proxy.ts";

const skip = missingOpenssl() || missingWasmRuntime();
const folder = mkdtempSync(join(tmpdir(), "mesh-trust-"));

const ports = { sidecar: 19_000, plain: 19_001, gateway: 19_002, original: 19_003, level: 19_004 } as const;
/** The peers' proxies, each with the trust domain of its certificate. */
const peers = {
  friend: { port: 19_011, domain: "prod.example" },
  old: { port: 19_012, domain: "old.example" },
  stranger: { port: 19_013, domain: "elsewhere.example" },
  /** A peer in a mesh with Istio's defaults. */
  other: { port: 19_014, domain: "cluster.local" },
} as const;
type Peer = keyof typeof peers;

const service = (subset: string): string => `outbound|80|${subset}|reviews.shop.svc.corp.local`;
const trust: Partial<FilterConfig> = { trust: "Mesh", trustDomains: ["prod.example", "old.example"] };

/** A sidecar and a gateway with mutual TLS, and a sidecar without; the peers' proxies forward what the test sends. */
function config(authority: Authority): unknown {
  const filter = filterText({ role: "inbound", ...trust });
  const routes = answerByLevel(ladder.levels);
  const transportSocket = authority.tls("server", { require_client_certificate: true }, "Downstream");
  const gateway = filterText({ role: "gateway", ...trust, levelClusters: ["batch"], clusterDomain: "corp.local" });
  const names = Object.keys(peers) as Peer[];
  const listeners = [
    { name: "sidecar", port: ports.sidecar, filter, routes, transportSocket },
    { name: "plain", port: ports.plain, filter, routes },
    {
      ...{ name: "gateway", port: ports.gateway, filter: gateway, before: [lookUp], transportSocket },
      routes: [
        sharedRoute(defaultVariant, { timeout: "0s" }),
        { name: "default", match: { prefix: "/" }, route: { cluster: service(""), timeout: "0s" } },
      ],
      routeConfiguration: specifier,
    },
    upstream("original", ports.original),
    upstream("level", ports.level),
    ...names.map((name) => ({
      ...{ name, port: peers[name].port },
      routes: [{ ...toCluster(`${name}-gateway`), match: { prefix: "/gateway" } }, toCluster(name)],
    })),
  ];
  const clusters = names.flatMap((name) => {
    const tls = { transportSocket: authority.tls(name, {}, "Upstream") };
    return [
      { name, port: ports.sidecar, ...tls },
      { name: `${name}-gateway`, port: ports.gateway, ...tls },
    ];
  });
  const services = [
    { name: service(""), port: ports.original },
    { name: service("expedite-batch"), port: ports.level },
  ];
  return bootstrap(listeners, [...clusters, ...services]);
}

let envoy: Envoy;
before(async () => {
  if (skip !== false) return;
  const authority = new Authority(folder);
  authority.certify("server", "spiffe://prod.example/ns/shop/sa/server");
  for (const [name, { domain }] of Object.entries(peers))
    authority.certify(name, `spiffe://${domain}/ns/shop/sa/${name}`);
  envoy = await startEnvoy({ bootstrap: config(authority), concurrency: 2 });
});
after(async () => {
  await envoy?.stop();
  closeClient();
  rmSync(folder, { recursive: true, force: true });
});

const batch = { "x-request-priority": "batch" };

async function seen(port: number): Promise<string | undefined> {
  const { status, headers } = await send(port, "/", batch);
  assert.equal(status, 200);
  return headers["x-seen-level"];
}

test("Mesh: a peer of the trust domain is trusted", { skip }, async () => {
  assert.equal(await seen(peers.friend.port), "batch");
});

test("Mesh: a peer of an alias of the trust domain is trusted", { skip }, async () => {
  assert.equal(await seen(peers.old.port), "batch");
});

test("Mesh: a peer of another trust domain is not trusted, cluster.local included", { skip }, async () => {
  assert.equal(await seen(peers.stranger.port), "");
  assert.equal(await seen(peers.other.port), "");
});

test("Mesh: plaintext is not trusted", { skip }, async () => {
  assert.equal(await seen(ports.plain), "");
});

test("Mesh: a gateway sends a request that a peer demoted to the level's cluster of a Service under corp.local", {
  skip,
}, async () => {
  const reached = async (peer: Peer): Promise<string | undefined> => {
    const { status, headers } = await send(peers[peer].port, "/gateway", batch);
    assert.equal(status, 200);
    return headers["x-upstream"];
  };
  assert.deepEqual(await Promise.all((["friend", "old", "stranger", "other"] as const).map(reached)), [
    ...["level", "level"],
    ...["original", "original"],
  ]);
});
