// A call of a level with clusters of its own takes the level's cluster where the proxy has it, and the Service's own where not:
// in real Envoy, with the route and the specifier that the control plane writes.
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { readStats } from "../envoy/admin.ts";
import { type Envoy, startEnvoy } from "../envoy/envoy.ts";
import { bootstrap, clustersFile, filterText, luaFilter } from "./bootstrap.ts";
import { type Answer, closeClient, send } from "./client.ts";
import { missingWasmRuntime } from "./wasm-runtime.ts";

const skip = missingWasmRuntime();
const original = "outbound|80||reviews.shop.svc.cluster.local";
const own = "outbound|80|expedite-batch|reviews.shop.svc.cluster.local";
const ratings = "outbound|80||ratings.shop.svc.cluster.local";
const entry = "outbound|80||api.example.com";
const ports = { outbound: 15001, bare: 15002, original: 18081, own: 18082, ratings: 18083 };

/** What the control plane writes for a namespace, as its golden file has it. */
const golden = "../../control-plane/testdata/enrolled-namespaces-choose-by-level/istio";
function valuesOf(applyTo: string, name = "shared-routes"): readonly Record<string, unknown>[] {
  const file = new URL(`${golden}/shop.EnvoyFilter.expedite-${name}.json`, import.meta.url);
  const { spec } = JSON.parse(readFileSync(file, "utf8")) as {
    spec: { configPatches: { applyTo: string; patch: { value: Record<string, unknown> } }[] };
  };
  return spec.configPatches.filter((patch) => patch.applyTo === applyTo).map(({ patch }) => patch.value);
}
const lookUp = valuesOf("HTTP_FILTER", "filter").filter(({ name }) => name === "expedite-route");
const routeConfiguration = {
  ...Object.assign({}, ...valuesOf("ROUTE_CONFIGURATION")),
  // As by RDS: clusters come and go.
  validate_clusters: false,
};

const byDefault = (match = {}, metadata = {}) => ({
  name: "default",
  match: { prefix: "/", ...match },
  metadata: { filter_metadata: metadata },
  route: { cluster: original, timeout: "0s" },
});
const withAuthority = (exact: string) => ({ headers: [{ name: ":authority", string_match: { exact } }] });
const withHeader = (name: string) => ({ headers: [{ name, present_match: true }] });
const routes = [
  ...valuesOf("HTTP_ROUTE"),
  byDefault(withHeader("x-virtual-service"), { istio: { config: "/apis/networking.istio.io/v1/x" } }),
  byDefault(withHeader("x-chooses"), { expedite: { chooses: true } }),
  // As an EnvoyFilter of a user's inserts one.
  { ...byDefault(withHeader("x-unnamed")), name: "" },
  { ...byDefault(withHeader("x-named")), name: "mine" },
  { ...byDefault(withHeader("x-subset")), route: { cluster: "outbound|80|v2|reviews.shop.svc.cluster.local" } },
  { ...byDefault(withAuthority("ratings")), route: { cluster: ratings } },
  { ...byDefault(withHeader("x-entry")), route: { cluster: entry } },
  { ...byDefault(withHeader("x-passthrough")), route: { cluster: "PassthroughCluster" } },
  byDefault(),
];
/** Of a user's, in front of ours: x-authority says of what service the request becomes. */
const rewritesAuthority = `
  local value = request:headers():get("x-authority")
  if value ~= nil then request:headers():replace(":authority", value) end`;
/** Of a user's, between ours and the router: x-rewrite says what becomes of the name of the level's cluster. */
const rewritesHeader = `
  local value = request:headers():get("x-rewrite")
  if value == "nothing" then request:headers():remove("x-expedite-cluster")
  elseif value == "more" then request:headers():add("x-expedite-cluster", "a")
  elseif value ~= nil then request:headers():replace("x-expedite-cluster", value) end`;
const upstream = (name: string, port: number) => ({
  name,
  port,
  routes: [
    {
      match: { prefix: "/" },
      direct_response: { status: 200, body: { inline_string: "ok" } },
      response_headers_to_add: [
        { header: { key: "x-upstream", value: name } },
        { header: { key: "x-seen", value: "%REQ(x-expedite-cluster)%" } },
      ],
    },
  ],
});
const clusters = {
  original: { name: original, port: ports.original },
  own: { name: own, port: ports.own },
  subset: { name: "outbound|80|v2|reviews.shop.svc.cluster.local", port: ports.original },
  ratings: { name: ratings, port: ports.ratings },
  entry: { name: entry, port: ports.original },
  // Whatever has the name is not what its requests take.
  ofEntry: { name: "outbound|80|expedite-batch|api.example.com", port: ports.own },
  passthrough: { name: "PassthroughCluster", port: ports.original },
};

const folder = mkdtempSync(join(tmpdir(), "own-clusters-"));
let version = 0;
function push(...names: (keyof typeof clusters)[]): void {
  version += 1;
  const list = clustersFile(
    version,
    names.map((name) => clusters[name]),
  );
  writeFileSync(join(folder, "draft"), JSON.stringify(list));
  renameSync(join(folder, "draft"), join(folder, "clusters.json"));
}

let envoy: Envoy | undefined;
before(async () => {
  if (skip !== false) return;
  push("original", "own", "subset", "ratings", "entry", "ofEntry", "passthrough");
  const listeners = [
    {
      name: "outbound",
      port: ports.outbound,
      filter: filterText({ role: "outbound", ownClusters: ["batch"] }),
      before: [luaFilter(rewritesAuthority), ...lookUp],
      behind: [luaFilter(rewritesHeader)],
      routes,
      routeConfiguration,
    },
    { name: "bare", port: ports.bare, routes, routeConfiguration },
    upstream("original", ports.original),
    upstream("own", ports.own),
    upstream("ratings", ports.ratings),
  ];
  envoy = await startEnvoy({
    bootstrap: {
      ...bootstrap(listeners),
      dynamic_resources: { cds_config: { path_config_source: { path: join(folder, "clusters.json") } } },
    },
    concurrency: 2,
  });
});
after(async () => {
  await envoy?.stop();
  closeClient();
});

const batch = { "x-request-priority": "batch" };
/** Status, the cluster's name, and what the upstream saw of our header. */
const took = ({ status, headers }: Answer) => [status, headers["x-upstream"], headers["x-seen"]];
const call = async (headers: Record<string, string | readonly string[]>, port: number = ports.outbound) =>
  took(await send(port, "/", headers));
const throughOwn = [200, "own", undefined];
const throughOriginal = [200, "original", undefined];

test("a call of the level takes its cluster, others the Service's", { skip }, async () => {
  assert.deepEqual(await call(batch), throughOwn);
  assert.deepEqual(await call({}), throughOriginal);
  assert.deepEqual(await call({ "x-request-priority": "standard" }), throughOriginal);
});

test("a route of a user's, one that chooses itself, a subset and what is no Service stay as they are", {
  skip,
}, async () => {
  for (const name of ["x-virtual-service", "x-chooses", "x-unnamed", "x-named", "x-subset", "x-entry", "x-passthrough"])
    assert.deepEqual(await call({ ...batch, [name]: "1" }), throughOriginal, name);
});

test("a header of the application's chooses nothing", { skip }, async () => {
  for (const forged of [own, "PassthroughCluster", [own, own]]) {
    assert.deepEqual(await call({ "x-expedite-cluster": forged }), throughOriginal);
    assert.deepEqual(await call({ ...batch, "x-expedite-cluster": forged }), throughOwn);
  }
});

test("who rewrites the authority in front of the filter has the other service", { skip }, async () => {
  for (const headers of [batch, {}])
    assert.deepEqual(await call({ ...headers, "x-authority": "ratings" }), [200, "ratings", undefined]);
});

test("who removes or writes the header behind the filter gets an answer all the same", { skip }, async () => {
  const written = ["PassthroughCluster", "outbound|80||other", `${own}|`, `x${own}`, "outbound|a|expedite-b|c"];
  for (const value of ["nothing", ...written])
    assert.deepEqual(await call({ ...batch, "x-rewrite": value }), throughOriginal, value);
  // Of several values the first is the filter's.
  assert.deepEqual(await call({ ...batch, "x-rewrite": "more" }), throughOwn);
});

test("without the filter everything goes as without us", { skip }, async () => {
  for (const headers of [batch, { ...batch, "x-expedite-cluster": own }])
    assert.deepEqual(await call(headers, ports.bare), throughOriginal);
});

test("the level's cluster goes and comes under load: no request fails", { skip }, async () => {
  const seen = new Map<string, number>();
  let running = true;
  const lanes = Array.from({ length: 16 }, async () => {
    while (running) {
      const key = (await call(batch).catch((error) => [error.message])).slice(0, 2).join(" ");
      seen.set(key, (seen.get(key) ?? 0) + 1);
    }
  });
  const missing: number[] = [];
  for (let i = 0; i < 10; i++) {
    push("original", "subset", "passthrough");
    await sleep(150);
    missing.push(seen.get("200 original") ?? 0);
    push("original", "own", "subset", "passthrough");
    await sleep(150);
  }
  running = false;
  await Promise.all(lanes);
  assert.deepEqual([...seen.keys()].sort(), ["200 original", "200 own"]);
  for (let i = 1; i < missing.length; i++) assert.ok(missing[i]! > missing[i - 1]!);
  const stats = await readStats(envoy!.admin, "^cluster_manager\\.cluster_(added|removed)");
  assert.ok((stats.get("cluster_manager.cluster_removed") ?? 0) >= 10);
});
