// The host calls that each path of a request makes: testdata/host-calls.txt is the list, and UPDATE_GOLDEN=1 rewrites it.
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { test } from "node:test";
import { timeoutHeader } from "../config/deadlines.ts";
import { levelClusterHeader } from "../config/level-cluster.ts";
import { pluginConfiguration, type RouteList, routeIdentity } from "../config/route-list.ts";
import type { FilterConfig } from "../config/schema.ts";
import { startFilterVm } from "./filter-vm.ts";
import {
  configOf,
  filterModule,
  type HeaderRecord,
  levelHeader,
  levelsOf,
  moduleWithoutQueue,
  type Role,
  startSidecar,
} from "./sidecar.ts";
import type { Attribute } from "./stream-attributes.ts";

const clock = (): bigint => 1_700_000_000_000_000_000n;
const golden = new URL("testdata/host-calls.txt", import.meta.url);
const id = { "x-request-id": "abc" };
const trace = { traceparent: "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01" };
const rules: FilterConfig["rules"] = [
  { name: "exports", match: { method: { exact: "GET" }, path: { prefix: "/export" } }, level: "batch" },
  { name: "reports", match: { path: { prefix: "/report" } }, level: "batch" },
];
const mesh: Partial<FilterConfig> = { trust: "Mesh", trustDomains: ["cluster.local"] };
const peer = new Map([["connection.uri_san_peer_certificate", "spiffe://cluster.local/ns/a/sa/b"]]);
const level = (name: string): HeaderRecord => ({ [levelHeader]: name });

interface Path {
  readonly name: string;
  readonly role: Role;
  readonly config?: Partial<FilterConfig>;
  readonly headers: HeaderRecord;
  /** No demoted request passed the proxy before. */
  readonly quiet?: true;
  /** The request that came before had a deadline. */
  readonly deadline?: true;
  /** Attributes of the route. */
  readonly route?: ReadonlyMap<string, Attribute>;
}

const own = { levelClusters: ["batch"], clusterDomain: "cluster.local" };
const service = { "xds.cluster_name": "outbound|80||reviews.shop.svc.cluster.local", "xds.route_name": "default" };
const routeOf = (more: Readonly<Record<string, Attribute>> = {}) => new Map(Object.entries({ ...service, ...more }));
const config = "xds.route_metadata.filter_metadata.istio.config";
const list: RouteList = {
  variants: [{ name: "0123456789abcdef", routes: [routeIdentity("/reviews", "canary")] }],
  excludedHosts: ["sticky.shop.svc.cluster.local"],
};

const carry: Partial<FilterConfig> = { deadlines: "Carry" };
const marked: Partial<FilterConfig> = { writeDefault: true };

const paths: readonly Path[] = [
  { name: "inbound, quiet, no level", role: "inbound", headers: id, quiet: true },
  { name: "inbound, quiet, no level, from any peer", role: "inbound", config: mesh, headers: id, quiet: true },
  { name: "inbound, quiet, a level", role: "inbound", headers: { ...id, ...level("batch") }, quiet: true },
  { name: "inbound, no level, an x-request-id", role: "inbound", headers: id },
  {
    name: "inbound, no level, the default level is written",
    role: "inbound",
    config: marked,
    headers: id,
    quiet: true,
  },
  {
    name: "inbound, a level, an x-request-id and a traceparent",
    role: "inbound",
    headers: { ...id, ...trace, ...level("batch") },
  },
  {
    name: "inbound, a level from a peer of the mesh",
    role: "inbound",
    config: mesh,
    headers: { ...id, ...level("batch") },
  },
  {
    name: "inbound, a level that is not believed",
    role: "inbound",
    config: { trust: "Never" },
    headers: { ...id, ...level("batch") },
  },
  {
    name: "inbound, a rule decides",
    role: "inbound",
    config: { ...marked, rules },
    headers: { ...id, ":method": "GET", ":path": "/export" },
  },
  { name: "outbound, quiet, asks for nothing", role: "outbound", headers: id, quiet: true },
  {
    name: "outbound, quiet, asks for a lower level",
    role: "outbound",
    headers: { ...id, ...level("batch") },
    quiet: true,
  },
  { name: "outbound, the default level is written", role: "outbound", config: marked, headers: id },
  { name: "outbound, joined by x-request-id", role: "outbound", headers: id },
  { name: "outbound, joined by traceparent", role: "outbound", headers: { "x-request-id": "new", ...trace } },
  { name: "outbound, joined, asks for what it has", role: "outbound", headers: { ...id, ...level("batch") } },
  { name: "outbound, joined, asks for more", role: "outbound", headers: { ...id, ...level("interactive") } },
  { name: "outbound, no cause known", role: "outbound", headers: { "x-request-id": "new" } },
  {
    name: "outbound, a level with clusters of its own, a default route",
    role: "outbound",
    config: own,
    headers: id,
    route: routeOf(),
  },
  {
    name: "outbound, a level with clusters of its own, a default route, the header forged",
    role: "outbound",
    config: own,
    headers: { ...id, [levelClusterHeader]: ["a", "b"] },
    route: routeOf(),
  },
  {
    name: "outbound, a level with clusters of its own, a listed route of a user's",
    role: "outbound",
    config: own,
    headers: id,
    route: routeOf({ [config]: "/reviews", "xds.route_name": "canary" }),
  },
  {
    name: "outbound, a level with clusters of its own, a user's route that is not listed",
    role: "outbound",
    config: own,
    headers: id,
    route: routeOf({ [config]: "/reviews", "xds.route_name": "rewrite" }),
  },
  {
    name: "outbound, a level with clusters of its own, an excluded host",
    role: "outbound",
    config: own,
    headers: id,
    route: routeOf({ "xds.cluster_name": "outbound|80||sticky.shop.svc.cluster.local" }),
  },
  {
    name: "outbound, a level with clusters of its own, a route that an EnvoyFilter inserted",
    role: "outbound",
    config: own,
    headers: id,
    route: routeOf({ "xds.route_name": "" }),
  },
  {
    name: "outbound, a level with clusters of its own, no Service",
    role: "outbound",
    config: own,
    headers: id,
    route: new Map([["xds.cluster_name", "PassthroughCluster"]]),
  },
  {
    name: "outbound, a level with clusters of its own, a ServiceEntry",
    role: "outbound",
    config: own,
    headers: id,
    route: routeOf({ "xds.cluster_name": "outbound|80||api.example.com" }),
  },
  {
    name: "outbound, a level without clusters of its own, the header forged",
    role: "outbound",
    config: own,
    headers: { "x-request-id": "new", [levelClusterHeader]: "a" },
    route: routeOf(),
  },
  { name: "inbound, quiet, deadlines, none", role: "inbound", config: carry, headers: id, quiet: true },
  { name: "inbound, deadlines, none", role: "inbound", config: carry, headers: id },
  {
    name: "inbound, quiet, a deadline",
    role: "inbound",
    config: carry,
    headers: { ...id, "grpc-timeout": "1S" },
    quiet: true,
  },
  {
    name: "inbound, a deadline from a peer of the mesh",
    role: "inbound",
    config: { ...mesh, ...carry },
    headers: { ...id, ...level("batch"), [timeoutHeader]: "80" },
  },
  { name: "outbound, quiet, deadlines, none", role: "outbound", config: carry, headers: id, quiet: true },
  { name: "outbound, joined, deadlines, none", role: "outbound", config: carry, headers: id },
  { name: "outbound, joined, a deadline", role: "outbound", config: carry, headers: id, deadline: true },
  {
    name: "outbound, joined, a deadline that is enforced, a default route",
    role: "outbound",
    config: { deadlines: "Enforce" },
    headers: id,
    deadline: true,
    route: routeOf(),
  },
  { name: "gateway, no rules, deadlines", role: "gateway", config: carry, headers: {} },
  { name: "gateway, no rules", role: "gateway", headers: {} },
  { name: "gateway, no rules, the default level is written", role: "gateway", config: marked, headers: {} },
  {
    name: "gateway, a rule decides",
    role: "gateway",
    config: { rules },
    headers: { ":method": "GET", ":path": "/export" },
  },
  {
    name: "gateway, strips a level, no rule matches",
    role: "gateway",
    config: { rules, trust: "Never" },
    headers: { ":method": "GET", ":path": "/", ...level("batch") },
  },
  {
    name: "gateway, strips a level, the level given has clusters of its own, a listed route",
    role: "gateway",
    config: { ...own, rules, trust: "Never" },
    headers: { ":method": "GET", ":path": "/export", ...level("interactive") },
    route: routeOf({ [config]: "/reviews", "xds.route_name": "canary" }),
  },
];

function callsOf(path: Path, module: WebAssembly.Module): string {
  const { name, role, config, headers, quiet, deadline, route = peer } = path;
  const { workers, sharedData } = startSidecar({ clock, ...(deadline === undefined ? {} : { config: carry }) });
  const before = { ...id, ...trace, ...level("batch"), ...(deadline === undefined ? {} : { "grpc-timeout": "9H" }) };
  if (quiet === undefined) levelsOf(workers[0]!.inbound, before);
  const vm = startFilterVm({ module, sharedData, clock });
  assert.ok(vm.configure(pluginConfiguration(JSON.stringify(configOf(role, config)), list)).accepted);
  levelsOf(vm, headers, route);
  return `${name}: ${vm.calls.length}\n${vm.calls.map((call) => `    ${call}\n`).join("")}`;
}

test("host calls: each path makes these and no others", () => {
  const found = paths.map((path) => callsOf(path, filterModule)).join("\n");
  if (process.env.UPDATE_GOLDEN === "1") writeFileSync(golden, found);
  assert.equal(found, readFileSync(golden, "utf8"));
});

test("host calls: the module without a queue makes the same, and a request enters it once", () => {
  assert.equal(paths.map((path) => callsOf(path, moduleWithoutQueue)).join("\n"), readFileSync(golden, "utf8"));
  const entered = WebAssembly.Module.exports(moduleWithoutQueue).map(({ name }) => name);
  const perRequest = entered.filter((name) => /^proxy_on_(?!configure$|tick$)/.test(name));
  assert.deepEqual(perRequest, ["proxy_on_request_headers"]);
});

test("host calls: the number does not depend on how many ids and requests there are", () => {
  const { inbound } = startSidecar().workers[0]!;
  const counts = new Set<number>();
  // The first one also says when it came, which happens once a second.
  levelsOf(inbound, { "x-request-id": "first", ...level("batch") });
  for (let i = 0; i < 1000; i++) {
    levelsOf(inbound, { "x-request-id": `id ${i}`, ...level("batch") });
    counts.add(inbound.calls.length);
  }
  assert.equal(counts.size, 1);
});
