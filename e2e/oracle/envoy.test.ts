// A real Envoy accepts every route configuration that Istio makes for random meshes with Expedite's objects.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { askAll } from "./ask-all.ts";
import { isOurRoute, virtualHostsOf } from "./generation.ts";
import { Generator } from "./generator.ts";
import { istioVersions } from "./istio-versions.ts";
import { randomMesh } from "./mesh/random-mesh.ts";
import { missingGenerators } from "./missing.ts";
import type { Json } from "./protocol.ts";

const meshes = 40;
const manager = "type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager";
const router = "type.googleapis.com/envoy.extensions.filters.http.router.v3.Router";

/** Routes to clusters that this bootstrap lacks are allowed. */
function listener(configuration: Json, index: number): Json {
  const typed_config = {
    ...{ "@type": manager, stat_prefix: `${index}`, route_config: { ...configuration, validate_clusters: false } },
    http_filters: [{ name: "envoy.filters.http.router", typed_config: { "@type": router } }],
  };
  return {
    ...{ name: `${index}`, address: { socket_address: { address: "127.0.0.1", port_value: 10_000 + index } } },
    filter_chains: [{ filters: [{ name: "envoy.filters.network.http_connection_manager", typed_config }] }],
  };
}

for (const version of istioVersions)
  test(`Envoy accepts what Istio ${version} makes of ${meshes} meshes`, { skip: missingGenerators() }, async () => {
    const generator = new Generator(version);
    after(() => generator.end());
    const folder = mkdtempSync(join(tmpdir(), "oracle-"));
    after(() => rmSync(folder, { recursive: true }));
    const found = new Map<string, Json>();
    let hosts = 0;
    for (let seed = 1; seed <= meshes; seed++)
      for (const [, { routes }] of await askAll(generator, version, randomMesh(seed).mesh))
        for (const [, resource] of routes) {
          const shared = virtualHostsOf(resource).filter((host) => host.routes?.some(isOurRoute) ?? false);
          if (shared.length === 0 || found.has(resource.id)) continue;
          found.set(resource.id, resource.value);
          hosts += shared.length;
        }
    assert.ok(hosts > 200, `${hosts} virtual hosts have shared routes`);
    const file = join(folder, "envoy.json");
    writeFileSync(file, JSON.stringify({ static_resources: { listeners: [...found.values()].map(listener) } }));
    const args = ["--mode", "validate", "--concurrency", "1", "-l", "error", "-c", file];
    const { status, stderr } = spawnSync(process.env.EXPEDITE_ENVOY!, args, { encoding: "utf8" });
    assert.equal(status, 0, stderr.slice(-4000));
  });
