// Where the filter names a level's cluster, and for which variant: only for the configured levels, and only on routes that a variant may
// replace.
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { defaultVariant, levelClusterHeader, levelClusterState, levelSubset } from "../config/level-cluster.ts";
import { pluginConfiguration, type RouteList, routeIdentity } from "../config/route-list.ts";
import type { FilterConfig } from "../config/schema.ts";
import { configurationHash } from "../config/ticks.ts";
import { startFilterVm } from "./filter-vm.ts";
import { configOf, filterModule, type HeaderRecord, headerList, levelHeader, type Role, valuesOf } from "./sidecar.ts";
import type { Attribute } from "./stream-attributes.ts";

const batch = { [levelHeader]: "batch" };
const service = "outbound|80||reviews.shop.svc.cluster.local";
const levelService = "outbound|80|expedite-batch|reviews.shop.svc.cluster.local";
const reviews = "/apis/networking.istio.io/v1/namespaces/shop/virtual-service/reviews";
const [plain, timed] = ["0123456789abcdef", "fedcba9876543210"];
const list: RouteList = {
  variants: [
    { name: plain, routes: [routeIdentity(reviews, "canary"), routeIdentity(reviews, "")] },
    { name: timed, routes: [routeIdentity(reviews, "slow")] },
  ],
  excludedHosts: ["sticky.shop.svc.cluster.local", routeIdentity(reviews, "host")],
};

interface Given {
  readonly cluster?: string;
  readonly headers?: HeaderRecord;
  /** xds.route_name; undefined: none. */
  readonly route?: Attribute | undefined;
  /** What istiod writes into the route's metadata. */
  readonly istio?: Attribute;
  readonly config?: Partial<FilterConfig>;
  readonly role?: Role;
  readonly list?: RouteList | undefined;
}

const clusters = { levelClusters: ["batch", "standard"], clusterDomain: "cluster.local" };

/** The variant in the filter state, and the value of the header after the filter. */
function chosen(given: Given): readonly (string | undefined)[] {
  const vm = startFilterVm({ module: filterModule });
  const config = configOf(given.role ?? "outbound", given.config ?? clusters);
  const routes = "list" in given ? given.list : list;
  assert.deepEqual(vm.configure(pluginConfiguration(JSON.stringify(config), routes)), { accepted: true, logs: [] });
  const attributes = new Map<string, Attribute>([["xds.cluster_name", given.cluster ?? service]]);
  const route = "route" in given ? given.route : "default";
  if (route !== undefined) attributes.set("xds.route_name", route);
  if (given.istio !== undefined) attributes.set("xds.route_metadata.filter_metadata.istio.config", given.istio);
  const left = vm.request(headerList(given.headers ?? batch), attributes);
  return [vm.filterState.get(levelClusterState), ...valuesOf(left, levelClusterHeader)];
}

const nothing = [undefined];
const both = (level: string, original: string): string => `${level} ${original}`;

test("level cluster: a Service's default route", () => {
  assert.deepEqual(chosen({}), [defaultVariant, both(levelService, service)]);
  assert.deepEqual(chosen({ list: undefined }), [defaultVariant, both(levelService, service)], "no list at all");
  const short = "a.b.svc.cluster.local";
  assert.deepEqual(chosen({ cluster: `outbound|1||${short}`, headers: { [levelHeader]: "standard" } }), [
    defaultVariant,
    both(`outbound|1|expedite-standard|${short}`, `outbound|1||${short}`),
  ]);
});

test("level cluster: a listed route of a user's, by its VirtualService and its name", () => {
  const listed = { istio: reviews, route: "canary" };
  assert.deepEqual(chosen(listed), [plain, both(levelService, service)]);
  assert.deepEqual(chosen({ istio: reviews, route: "" }), [plain, both(levelService, service)]);
  assert.deepEqual(chosen({ istio: reviews, route: "slow" }), [timed, both(levelService, service)]);
  const entry = "outbound|443||api.example.com";
  const level = "outbound|443|expedite-batch|api.example.com";
  assert.deepEqual(chosen({ ...listed, cluster: entry }), [plain, both(level, entry)], "falls back in the data plane");
});

test("level cluster: a route that is not listed is left alone", () => {
  for (const route of ["primary", "default", "canar", "canaryx", "Canary", "host"])
    assert.deepEqual(chosen({ istio: reviews, route }), nothing, route);
  assert.deepEqual(chosen({ istio: `${reviews}2`, route: "canary" }), nothing);
  assert.deepEqual(chosen({ istio: `${reviews} `, route: "canary" }), nothing);
  assert.deepEqual(chosen({ istio: "", route: "default" }), nothing);
  assert.deepEqual(chosen({ istio: reviews, route: "canary", list: undefined }), nothing);
  assert.deepEqual(chosen({ istio: null, route: "default" }), nothing, "an unreadable attribute is not absent");
  assert.deepEqual(chosen({ istio: reviews, route: null }), nothing);
  assert.deepEqual(chosen({ istio: reviews, route: undefined }), nothing);
});

test("level cluster: a route without metadata that has another name, or none, is left alone", () => {
  for (const route of ["", "defaul", "defaults", "Default", "expedite", "default.mine", null, undefined])
    assert.deepEqual(chosen({ route }), nothing, `${route}`);
});

test("level cluster: excluded hosts are left alone on any route", () => {
  const cluster = "outbound|80||sticky.shop.svc.cluster.local";
  assert.deepEqual(chosen({ cluster }), nothing);
  assert.deepEqual(chosen({ cluster, istio: reviews, route: "canary" }), nothing);
  assert.deepEqual(
    chosen({ cluster: "outbound|80|v2|sticky.shop.svc.cluster.local", istio: reviews, route: "" }),
    nothing,
  );
  assert.notDeepEqual(chosen({ cluster: "outbound|80||xsticky.shop.svc.cluster.local" }), nothing);
});

test("level cluster: only a Service of the mesh has a default route", () => {
  const corp = { levelClusters: ["batch"], clusterDomain: "corp.local" };
  const foreign = "outbound|80||reviews.shop.svc.corp.local";
  assert.deepEqual(chosen({ cluster: foreign }), nothing);
  assert.deepEqual(chosen({ config: corp }), nothing);
  assert.deepEqual(chosen({ cluster: foreign, config: corp }), [
    defaultVariant,
    both("outbound|80|expedite-batch|reviews.shop.svc.corp.local", foreign),
  ]);
  for (const host of ["api.example.com", "reviews.shop.svc.cluster.locals", "xsvc.cluster.local", ".svc.cluster.local"])
    assert.deepEqual(chosen({ cluster: `outbound|80||${host}` }), nothing, host);
  assert.deepEqual(
    chosen({ cluster: "outbound|80|v2|reviews.shop.svc.cluster.local" }),
    nothing,
    "a subset is not a default route",
  );
});

test("level cluster: a user's subset becomes a part of the level's, by its hash if it is long", () => {
  const subset = fc.stringMatching(/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/);
  const level = fc.stringMatching(/^[a-z0-9]([-a-z0-9]{0,30}[a-z0-9])?$/);
  const host = "reviews.shop.svc.cluster.local";
  fc.assert(
    fc.property(level, subset, (name, part) => {
      const config = { levels: [name], defaultLevel: name, levelClusters: [name], clusterDomain: "cluster.local" };
      const cluster = `outbound|80|${part}|${host}`;
      const names = both(`outbound|80|${levelSubset(name, part)}|${host}`, cluster);
      const headers = { [levelHeader]: name };
      assert.deepEqual(chosen({ config, cluster, headers, istio: reviews, route: "canary" }), [plain, names]);
      assert.ok(levelSubset(name, part).length <= 63);
    }),
    { numRuns: 300 },
  );
  assert.equal(levelSubset("batch", "v2"), "expedite-batch--v2");
  assert.equal(levelSubset("batch", "a".repeat(46)).length, 62);
  assert.equal(levelSubset("batch", "a".repeat(47)).length, 63);
  assert.equal(levelSubset("batch", "a".repeat(48)), `expedite-batch--${configurationHash("a".repeat(48))}`);
});

test("level cluster: other clusters than a destination's, and names that don't fit into the header, are left alone", () => {
  const broken = [
    ...["", "outbound|", "outbound|80", "outbound|80|", "outbound|80||", "outbound_.80_._.reviews", "inbound|80||x"],
    ...["PassthroughCluster", "outbound|.svc.cluster.local", "outbound.svc.cluster.local"],
    ...[
      "outbound|80||a b.svc.cluster.local",
      "outbound|80||a,b.svc.cluster.local",
      "outbound|80|||x.svc.cluster.local",
    ],
    ...["outbound|80|v 2|reviews.shop.svc.cluster.local", "outbound|80||\u00e9.svc.cluster.local"],
    `outbound|80||${"a".repeat(600)}.svc.cluster.local`,
  ];
  for (const cluster of broken) {
    assert.deepEqual(chosen({ cluster }), nothing, cluster);
    assert.deepEqual(chosen({ cluster, istio: reviews, route: "canary" }), nothing, cluster);
  }
  const longest = `outbound|65535|${"v".repeat(63)}|${"h".repeat(253)}`;
  assert.equal(chosen({ cluster: longest, istio: reviews, route: "canary" })[0], plain);
});

test("level cluster: a header that the application wrote is removed", () => {
  const forged = { ...batch, [levelClusterHeader]: ["outbound|80||secrets.vault.svc.cluster.local", "x"] };
  assert.deepEqual(chosen({ headers: forged }), [defaultVariant, both(levelService, service)]);
});

test("level cluster: other levels, mode Observe and role inbound name nothing", () => {
  assert.deepEqual(chosen({ headers: {} }), nothing);
  assert.deepEqual(chosen({ config: { ...clusters, levelClusters: ["standard"] } }), nothing);
  assert.deepEqual(chosen({ config: {} }), nothing);
  assert.deepEqual(chosen({ config: { ...clusters, mode: "Observe" } }), nothing);
  assert.deepEqual(chosen({ role: "inbound" }), nothing);
});

test("level cluster: a gateway names it by the level that it gives the request", () => {
  const rules = [{ name: "all", match: {}, level: "batch" }];
  const given: Given = {
    role: "gateway",
    config: { ...clusters, rules, trust: "Never" },
    istio: reviews,
    route: "canary",
  };
  for (const headers of [{}, { [levelHeader]: "interactive" }, { [levelHeader]: ["batch", "x"] }])
    assert.deepEqual(chosen({ ...given, headers }), [plain, both(levelService, service)]);
  assert.deepEqual(chosen({ ...given, headers: {}, route: "other" }), nothing);
});
