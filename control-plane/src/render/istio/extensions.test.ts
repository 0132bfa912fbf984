// Every Envoy extension that the Istio objects of all behaviours name is built into the proxies of each supported Istio release.
import assert from "node:assert/strict";
import { globSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";

const lists = join(import.meta.dirname, "extensions");
const goldens = join(import.meta.dirname, "../../../testdata/*/istio/*.json");

/** The extension that reads a type; `core` if Envoy needs none. */
const readers: Readonly<Record<string, string>> = {
  "envoy.extensions.clusters.aggregate.v3.ClusterConfig": "envoy.clusters.aggregate",
  "envoy.extensions.filters.http.ext_authz.v3.ExtAuthz": "envoy.filters.http.ext_authz",
  "envoy.extensions.filters.http.header_to_metadata.v3.Config": "envoy.filters.http.header_to_metadata",
  "envoy.extensions.filters.http.rbac.v3.RBAC": "envoy.filters.http.rbac",
  "envoy.extensions.filters.http.router.v3.Router": "envoy.filters.http.router",
  "envoy.extensions.filters.http.wasm.v3.Wasm": "envoy.filters.http.wasm",
  "envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager":
    "envoy.filters.network.http_connection_manager",
  "envoy.extensions.http.early_header_mutation.header_mutation.v3.HeaderMutation":
    "envoy.http.early_header_mutation.header_mutation",
  "envoy.extensions.router.cluster_specifiers.lua.v3.LuaConfig": "envoy.router.cluster_specifier_plugin.lua",
  "envoy.extensions.retry.host.previous_hosts.v3.PreviousHostsPredicate": "envoy.retry_host_predicates.previous_hosts",
  // As in the bootstrap of Istio itself.
  "envoy.extensions.upstreams.http.v3.HttpProtocolOptions": "core",
  "google.protobuf.StringValue": "core",
};

/** Types, and names that Envoy looks up directly. */
function named(value: unknown): readonly string[] {
  if (typeof value !== "object" || value === null) return [];
  const { "@type": type, runtime, cluster_type: cluster } = value as Readonly<Record<string, unknown>>;
  const own = [
    ...(typeof type === "string" ? [type.replace("type.googleapis.com/", "")] : []),
    ...(typeof runtime === "string" ? [runtime] : []),
    ...(typeof cluster === "object" && cluster !== null && "name" in cluster ? [String(cluster.name)] : []),
  ];
  return [...own, ...Object.values(value).flatMap(named)];
}

const emitted = new Set(globSync(goldens).flatMap((file) => named(JSON.parse(readFileSync(file, "utf8")))));

test("the behaviours contain each extension that is rendered", () => {
  for (const type of Object.keys(readers)) assert.ok(emitted.has(type), `no behaviour contains ${type}`);
  assert.ok(emitted.has("envoy.wasm.runtime.v8"));
});

for (const list of readdirSync(lists))
  test(`Istio ${list.replace(".txt", "")} has every extension that is rendered`, () => {
    const built = new Set(readFileSync(join(lists, list), "utf8").split("\n"));
    for (const name of emitted) {
      const extension = name.startsWith("envoy.") && built.has(name) ? name : readers[name];
      assert.ok(extension !== undefined, `which extension reads ${name}?`);
      assert.ok(extension === "core" || built.has(extension), extension);
    }
  });
