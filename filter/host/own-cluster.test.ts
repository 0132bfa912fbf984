// Where the filter names a level's cluster: only for the levels configured, only where a Service's route is a default one.
import assert from "node:assert/strict";
import { test } from "node:test";
import { levelClusterHeader, levelClusterState } from "../config/level-cluster.ts";
import type { FilterConfig } from "../config/schema.ts";
import { configOf, type HeaderRecord, headerList, levelHeader, startFilter, valuesOf } from "./sidecar.ts";
import type { Attribute } from "./stream-attributes.ts";

const batch = { [levelHeader]: "batch" };

/** What the header says after the filter, and whether the proof is there. */
function named(
  cluster: string | undefined,
  headers: HeaderRecord = batch,
  more: Readonly<Record<string, Attribute>> = {},
  config: Partial<FilterConfig> = { ownClusters: ["batch", "standard"] },
): readonly [readonly string[], boolean] {
  const vm = startFilter(configOf("outbound", config));
  const attributes = new Map(
    Object.entries({
      ...(cluster === undefined ? {} : { "xds.cluster_name": cluster }),
      "xds.route_name": "default",
      ...more,
    }),
  );
  const list = vm.request(headerList(headers), attributes);
  return [valuesOf(list, levelClusterHeader), vm.filterState.get(levelClusterState) === "1"];
}

const nothing = [[], false];
const service = "outbound|80||reviews.shop.svc.cluster.local";

test("own cluster: the name of a Service's cluster gets the level's subset", () => {
  assert.deepEqual(named(service), [["outbound|80|expedite-batch|reviews.shop.svc.cluster.local"], true]);
  const short = "a.b.svc.cluster.local";
  assert.deepEqual(named(`outbound|1||${short}`, { [levelHeader]: "standard" }), [
    [`outbound|1|expedite-standard|${short}`],
    true,
  ]);
  const host = `${"a".repeat(63)}.${"b".repeat(63)}.svc.cluster.local`;
  assert.deepEqual(named(`outbound|65535||${host}`), [[`outbound|65535|expedite-batch|${host}`], true]);
});

test("own cluster: what the application wrote is gone", () => {
  const forged = { ...batch, [levelClusterHeader]: ["outbound|80||secrets.vault.svc.cluster.local", "x"] };
  assert.deepEqual(named(service, forged), [["outbound|80|expedite-batch|reviews.shop.svc.cluster.local"], true]);
});

test("own cluster: other levels, other clusters and other modes name nothing", () => {
  assert.deepEqual(named(service, {}), nothing);
  assert.deepEqual(named(service, batch, {}, { ownClusters: ["standard"] }), nothing);
  assert.deepEqual(named(service, batch, {}, {}), nothing);
  assert.deepEqual(named(service, batch, {}, { ownClusters: ["batch"], mode: "Observe" }), nothing);
  for (const cluster of [
    undefined,
    "",
    "outbound|",
    "outbound|80",
    "outbound|80|",
    "outbound|80||",
    "outbound|80|v2|reviews.shop.svc.cluster.local",
    "outbound_.80_._.reviews",
    "inbound|80||",
    "PassthroughCluster",
    `outbound|80||${"a".repeat(600)}`,
    `outbound|80||${"a".repeat(600)}.svc.cluster.local`,
    "outbound|80||api.example.com",
    "outbound|80||reviews.shop.svc.cluster.locals",
    "outbound|80||xsvc.cluster.local",
    "outbound|.svc.cluster.local",
    "outbound.svc.cluster.local",
  ])
    assert.deepEqual(named(cluster), nothing, cluster);
});

test("own cluster: a route of another name, or of none, is left alone", () => {
  for (const name of ["", "defaul", "defaults", "Default", "expedite", "default.mine"])
    assert.deepEqual(named(service, batch, { "xds.route_name": name }), nothing, name);
  assert.deepEqual(named(service, batch, { "xds.route_name": null }), nothing);
});

test("own cluster: a route with metadata of Istio's or of ours is left alone, one with another's is not", () => {
  const filled = { "xds.route_metadata.filter_metadata": Uint8Array.of(1, 0, 0, 0, 5, 0, 0, 0) };
  const some = Uint8Array.of(1);
  assert.deepEqual(named(service, batch, { ...filled, "xds.route_metadata.filter_metadata.istio": some }), nothing);
  assert.deepEqual(named(service, batch, { ...filled, "xds.route_metadata.filter_metadata.expedite": some }), nothing);
  assert.deepEqual(named(service, batch, { ...filled, "xds.route_metadata.filter_metadata.istio": null }), nothing);
  assert.deepEqual(named(service, batch, { ...filled, "xds.route_metadata.filter_metadata.other": some })[1], true);
  assert.deepEqual(named(service, batch, { "xds.route_metadata.filter_metadata": new Uint8Array(4) })[1], true);
});
