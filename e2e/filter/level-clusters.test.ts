// A demoted request takes its level's cluster if the proxy has it, and otherwise the cluster of its own route: in real Envoy, with users'
// routes of all kinds behind the shared ones.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { levelSubset } from "@expedite/filter/config/level-cluster.ts";
import { luaFilter } from "../envoy/bootstrap.ts";
import { type Answer, send } from "../envoy/client.ts";
import { missingWasmRuntime } from "../envoy/wasm-runtime.ts";
import { waitUntil } from "../process/wait.ts";
import { batch, clusterOf, LevelProxy, listOf, plain, ports, upstream, userRoute } from "./level-clusters/proxy.ts";

const skip = missingWasmRuntime();
const [original, ratings, sticky] = ["reviews", "ratings", "sticky"].map((name) => clusterOf(name)) as [
  string,
  string,
  string,
];
const longSubset = "v".repeat(60);

const level = (name: string, subset = ""): string => clusterOf(name, levelSubset("batch", subset));
const dedicated = level("reviews").replace("outbound", "expedite");

const upstreams = ["original", "level", "ratings", "level-ratings", "v2", "level-v2", "dedicated"];
const portOf = (name: string): number => 18_081 + upstreams.indexOf(name);
const clusters = {
  original: { name: original, port: portOf("original") },
  level: { name: level("reviews"), port: portOf("level") },
  ratings: { name: ratings, port: portOf("ratings") },
  levelRatings: { name: level("ratings"), port: portOf("level-ratings") },
  v2: { name: clusterOf("reviews", "v2"), port: portOf("v2") },
  levelV2: { name: level("reviews", "v2"), port: portOf("level-v2") },
  long: { name: clusterOf("reviews", longSubset), port: portOf("v2") },
  levelLong: { name: level("reviews", longSubset), port: portOf("level-v2") },
  dedicated: { name: dedicated, port: portOf("dedicated") },
  sticky: { name: sticky, port: portOf("original") },
  // Although it has the name, requests to an excluded host do not take it.
  levelSticky: { name: level("sticky"), port: portOf("level") },
  entry: { name: "outbound|80||api.example.com", port: portOf("original") },
  levelEntry: { name: "outbound|80|expedite-batch|api.example.com", port: portOf("level") },
  passthrough: { name: "PassthroughCluster", port: portOf("original") },
};
type ClusterName = keyof typeof clusters;
const all = Object.keys(clusters) as ClusterName[];
const without = (...names: ClusterName[]) => all.filter((name) => !names.includes(name)).map((name) => clusters[name]);

/** A route as istiod makes it of a Service without a user's route; a user's EnvoyFilter may change its `name`. */
const byDefault = (header: string | undefined, cluster = original, name = "default") => ({
  name,
  match: { prefix: "/", headers: header === undefined ? [] : [{ name: header, present_match: true }] },
  route: { cluster, timeout: "0s" },
});
const rewrite = {
  match: { prefix: "/old", headers: [{ name: "x-rewrite", present_match: true }] },
  request_headers_to_add: [{ header: { key: "x-added", value: "yes" } }],
};
const weights = [
  { name: original, weight: 90 },
  { name: ratings, weight: 10 },
];
const routes = [
  userRoute("canary", { weighted_clusters: { clusters: weights } }),
  userRoute("primary", { cluster: original }),
  userRoute("", { cluster: original }),
  userRoute("subset", { cluster: clusters.v2.name }),
  userRoute("long", { cluster: clusters.long.name }),
  userRoute("listed-entry", { cluster: clusters.passthrough.name }),
  userRoute("rewrite", { cluster: original, prefix_rewrite: "/new" }, rewrite),
  {
    ...userRoute("other-service", { cluster: original }),
    metadata: { filter_metadata: { istio: { config: "/other" } } },
  },
  { ...byDefault("x-other-metadata"), metadata: { filter_metadata: { somebody: { config: "/other" } } } },
  byDefault("x-unnamed", original, ""),
  byDefault("x-named", original, "mine"),
  byDefault("x-to-subset", clusters.v2.name),
  byDefault("x-sticky", sticky),
  byDefault("x-entry", clusters.entry.name),
  byDefault("x-passthrough", clusters.passthrough.name),
  {
    ...byDefault("x-any"),
    match: { prefix: "/", headers: [{ name: ":authority", string_match: { exact: "ratings" } }] },
    route: { cluster: ratings, timeout: "0s" },
  },
  byDefault(undefined),
];
const list = listOf(
  { [plain]: ["canary", "primary", "subset", "long", "listed-entry", "other-service"] },
  "sticky.shop.svc.cluster.local",
);

/** A user's filter before Expedite's: x-authority names the service that the request goes to instead. */
const rewritesAuthority = `
  local value = request:headers():get("x-authority")
  if value ~= nil then request:headers():replace(":authority", value) end`;
/** A user's filter between Expedite's and the router: x-tamper says how it changes the names of the clusters. */
const tampers = `
  local value = request:headers():get("x-tamper")
  if value == "remove" then request:headers():remove("x-expedite-cluster")
  elseif value == "more" then request:headers():add("x-expedite-cluster", "a")
  elseif value ~= nil then request:headers():replace("x-expedite-cluster", value) end`;

let proxy: LevelProxy;
before(async () => {
  if (skip !== false) return;
  proxy = await LevelProxy.start({
    ...{ routes, list, clusters: without("dedicated") },
    before: [luaFilter(rewritesAuthority)],
    behind: [luaFilter(tampers)],
    upstreams: upstreams.map((name) => upstream(name, portOf(name))),
  });
});
after(() => proxy?.stop());

type Headers = Record<string, string | readonly string[]>;

/** The upstream's name, or the status if it is not 200. No upstream sees Expedite's header. */
async function call(headers: Headers, port: number = ports.outbound, path = "/"): Promise<string> {
  const answer: Answer = await send(port, path, headers);
  if (answer.status !== 200) return `${answer.status}`;
  const isOurs = headers["x-expedite-cluster"] === undefined && headers["x-tamper"] === undefined;
  if (isOurs) assert.equal(answer.headers["x-saw-x-expedite-cluster"], undefined);
  return answer.headers["x-upstream"] ?? "";
}

async function tally(headers: Headers, times: number): Promise<Readonly<Record<string, number>>> {
  const counts: Record<string, number> = {};
  for (let i = 0; i < times; i++) {
    const name = await call(headers);
    counts[name] = (counts[name] ?? 0) + 1;
  }
  return counts;
}

test("a default route, a listed route and a route to a subset: only requests of the level take its cluster", {
  skip,
}, async () => {
  for (const [header, own, levels] of [
    ["x-none", "original", "level"],
    ["x-other-metadata", "original", "level"],
    ["x-primary", "original", "level"],
    ["x-subset", "v2", "level-v2"],
    ["x-long", "v2", "level-v2"],
  ] as const) {
    assert.equal(await call({ ...batch, [header]: "1" }), levels, header);
    for (const other of [{}, { "x-request-priority": "standard" }])
      assert.equal(await call({ ...other, [header]: "1" }), own, header);
    assert.equal(await call({ ...batch, [header]: "1" }, ports.bare), own, "without the filter");
  }
});

test("a gateway does the same for a trusted level", { skip }, async () => {
  assert.deepEqual([await call(batch, ports.gateway), await call({}, ports.gateway)], ["level", "original"]);
  assert.equal(await call({ ...batch, "x-primary": "1" }, ports.gateway), "level");
  assert.equal(await call({ ...batch, "x-rewrite": "1" }, ports.gateway, "/old"), "original");
});

test("a canary's weights hold for each level: 90 to 10", { skip }, async () => {
  const names = [
    ["original", "ratings"],
    ["level", "level-ratings"],
  ] as const;
  for (const [index, headers] of [{}, batch].entries()) {
    const counts = await tally({ ...headers, "x-canary": "1" }, 600);
    const [most, few] = names[index]!;
    assert.deepEqual(Object.keys(counts).sort(), [most, few].sort());
    // The deviation is larger once in 10^6 runs.
    assert.ok(Math.abs((counts[few] ?? 0) - 60) < 37, JSON.stringify(counts));
  }
});

test("unlisted routes, excluded hosts and destinations other than Services stay as they are", { skip }, async () => {
  for (const header of [
    "x-",
    "x-other-service",
    "x-unnamed",
    "x-named",
    "x-sticky",
    "x-entry",
    "x-passthrough",
    "x-listed-entry",
  ])
    assert.equal(await call({ ...batch, [header]: "1" }), "original", header);
  assert.equal(await call({ ...batch, "x-to-subset": "1" }), "v2");
});

test("a route with a rewrite is not listed, and still rewrites", { skip }, async () => {
  for (const headers of [{}, batch]) {
    const { headers: answer } = await send(ports.outbound, "/old/a", { ...headers, "x-rewrite": "1" });
    assert.deepEqual(
      [answer["x-upstream"], answer["x-saw-path"], answer["x-saw-added"]],
      ["original", "/new/a", undefined],
    );
    assert.equal(answer["x-saw-x-added"], "yes");
  }
});

test("a header that the application sets has no effect", { skip }, async () => {
  const names = `${clusters.levelV2.name} ${clusters.v2.name}`;
  const state = { "wasm.expedite.cluster": plain, "expedite.cluster": plain };
  for (const forged of [names, "PassthroughCluster", "default", [names, names]]) {
    assert.equal(await call({ ...state, "x-expedite-cluster": forged }), "original");
    assert.equal(await call({ ...batch, ...state, "x-expedite-cluster": forged }), "level");
    assert.equal(await call({ ...batch, ...state, "x-expedite-cluster": forged, "x-": "1" }), "original");
    assert.equal(await call({ ...batch, "x-expedite-cluster": forged }, ports.bare), "original");
  }
});

test("a filter before Expedite's that rewrites the authority sends the request to that other service", {
  skip,
}, async () => {
  assert.equal(await call({ "x-authority": "ratings" }), "ratings");
  assert.equal(await call({ ...batch, "x-authority": "ratings" }), "level-ratings");
});

test("a request whose header is removed or changed after the filter is still answered", { skip }, async () => {
  for (const value of ["remove", "PassthroughCluster", original, `${original} ${original}`.replace("out", "in")])
    assert.equal(await call({ ...batch, "x-tamper": value }), "original", value);
  // Of several values, the filter's is the first.
  assert.equal(await call({ ...batch, "x-tamper": "more" }), "level");
});

test("dedicated pods come first if the proxy has their cluster", { skip }, async () => {
  await proxy.setClusters(without());
  assert.deepEqual([await call(batch), await call({ ...batch, "x-primary": "1" })], ["dedicated", "dedicated"]);
  assert.deepEqual([await call({}), await call({ ...batch, "x-subset": "1" })], ["original", "level-v2"]);
  await proxy.setClusters(without("dedicated"));
  assert.equal(await call(batch), "level");
});

test("without the level's clusters, each request takes the cluster of its route", { skip }, async () => {
  await proxy.setClusters(without("dedicated", "level", "levelRatings", "levelV2", "levelLong"));
  for (const [header, own] of [
    ["x-none", "original"],
    ["x-primary", "original"],
    ["x-subset", "v2"],
    ["x-long", "v2"],
  ] as const)
    assert.equal(await call({ ...batch, [header]: "1" }), own, header);
  const counts = await tally({ ...batch, "x-canary": "1" }, 200);
  assert.deepEqual(Object.keys(counts).sort(), ["original", "ratings"]);
  await proxy.setClusters(without("dedicated"));
});

test("clusters are added and removed under load: no request fails", { skip }, async () => {
  const seen = new Map<string, number>();
  let running = true;
  const lanes = Array.from({ length: 16 }, async (_, index) => {
    const headers: Headers = index % 2 === 0 ? batch : { ...batch, "x-subset": "1" };
    while (running) {
      const name = await call(headers).catch((error) => error.message);
      seen.set(name, (seen.get(name) ?? 0) + 1);
    }
  });
  const reached = async (name: string): Promise<void> => {
    const before = seen.get(name) ?? 0;
    await waitUntil({ what: `a request goes to ${name}`, seconds: 10 }, () => (seen.get(name) ?? 0) > before);
  };
  for (let i = 0; i < 10; i++) {
    await proxy.setClusters(without("dedicated", "level", "levelV2"));
    await reached("original");
    await proxy.setClusters(i % 2 === 0 ? without() : without("dedicated"));
    await reached(i % 2 === 0 ? "dedicated" : "level");
  }
  running = false;
  await Promise.all(lanes);
  assert.deepEqual([...seen.keys()].sort(), ["dedicated", "level", "level-v2", "original", "v2"]);
});
