// The default level is the absence of the header: what is stored, looked for and written, and when (docs/adr/0042).
import assert from "node:assert/strict";
import { test } from "node:test";
import { pluginConfiguration } from "../config/route-list.ts";
import type { FilterConfig } from "../config/schema.ts";
import { type FilterVm, startFilterVm } from "./filter-vm.ts";
import { Gauges } from "./gauges.ts";
import { SharedData } from "./shared-data.ts";
import {
  configOf,
  filterModule,
  levelHeader,
  levelsOf,
  type SidecarOptions,
  startFilter,
  startSidecar,
} from "./sidecar.ts";

const second = 1_000_000_000n;
const id = { "x-request-id": "abc" };
const batch = { [levelHeader]: "batch" };
const tables = /shared_data|header_map_pairs/;

/** A proxy with two workers and a clock that the test moves. */
class TwoWorkers {
  readonly #vms: readonly FilterVm[];
  readonly inbound: FilterVm;
  readonly outbound: FilterVm;
  /** On the other worker. */
  readonly otherInbound: FilterVm;
  readonly sharedData: SharedData;
  #time = 1_700_000_000n * second;

  constructor(options: Omit<SidecarOptions, "workers" | "clock"> = {}) {
    const { workers, sharedData } = startSidecar({ ...options, workers: 2, clock: this.clock });
    this.#vms = workers.flatMap(({ inbound, outbound }) => [inbound, outbound]);
    this.inbound = workers[0]!.inbound;
    this.outbound = workers[1]!.outbound;
    this.otherInbound = workers[1]!.inbound;
    this.sharedData = sharedData;
  }

  readonly clock = (): bigint => this.#time;

  pass(seconds: bigint): void {
    this.#time += seconds * second;
    for (const vm of this.#vms) vm.tick();
  }
}

const isTouched = (vm: FilterVm): boolean => vm.calls.some((call) => tables.test(call));

test("default level: in a proxy that no demoted request passed, nothing is read but the level header and the gauge", () => {
  const { inbound, outbound } = new TwoWorkers();
  for (const vm of [inbound, outbound]) {
    assert.deepEqual(levelsOf(vm, id), []);
    assert.ok(!isTouched(vm), vm.calls.join());
    vm.tick();
  }
  assert.equal(inbound.counters.get("expedite.inbound.requests.interactive"), 1);
  assert.equal(outbound.counters.get("expedite.outbound.requests.interactive"), 1);
  assert.equal(outbound.counters.get("expedite.outbound.joins.missed"), 0, "nothing was looked for, so nothing missed");
});

test("default level: an id that a default and a demoted request share keeps the default level, whichever comes first", () => {
  const { inbound, otherInbound, outbound } = new TwoWorkers();
  levelsOf(inbound, { "x-request-id": "another", ...batch });
  for (const [first, then] of [
    [{}, batch],
    [batch, {}],
  ]) {
    levelsOf(inbound, { ...id, ...first });
    levelsOf(otherInbound, { ...id, ...then });
    assert.deepEqual(levelsOf(outbound, id), []);
    outbound.tick();
  }
  assert.ok((outbound.counters.get("expedite.outbound.joins.ambiguous") ?? 0) > 0);
});

test("default level: a demoted request on one worker is known to all others at once", () => {
  const { inbound, otherInbound, outbound } = new TwoWorkers();
  levelsOf(inbound, { ...id, ...batch });
  assert.deepEqual(levelsOf(outbound, id), ["batch"]);
  levelsOf(otherInbound, { "x-request-id": "default" });
  assert.ok(isTouched(otherInbound), "stored");
});

test("default level: five minutes after the last demoted request the proxy is quiet again; its calls count as it does", () => {
  const proxy = new TwoWorkers();
  const { inbound, outbound } = proxy;
  const isQuiet = (): boolean => {
    levelsOf(inbound, { "x-request-id": "default" });
    levelsOf(outbound, { "x-request-id": "default" });
    assert.equal(isTouched(inbound), isTouched(outbound), "both or neither");
    return !isTouched(inbound);
  };
  levelsOf(inbound, { ...id, ...batch });
  proxy.pass(200n);
  assert.deepEqual(levelsOf(outbound, id), ["batch"], "a slow request makes a call");
  proxy.pass(300n);
  assert.equal(isQuiet(), false);
  assert.deepEqual(levelsOf(outbound, id), ["batch"], "and another one");
  proxy.pass(300n);
  assert.equal(isQuiet(), false);
  proxy.pass(1n);
  assert.equal(isQuiet(), true);
  assert.deepEqual(levelsOf(outbound, id), []);
});

test("default level: a wall clock that is set back makes no proxy quiet", () => {
  const proxy = new TwoWorkers();
  levelsOf(proxy.inbound, { ...id, ...batch });
  proxy.pass(-3600n);
  assert.deepEqual(levelsOf(proxy.outbound, id), ["batch"]);
});

test("default level: a proxy that rejects the gauge stores and looks for everything", () => {
  const rejecting = new TwoWorkers({ sharedData: new SharedData(new Gauges({ rejects: true })) });
  levelsOf(rejecting.inbound, id);
  assert.ok(isTouched(rejecting.inbound), "stored");
  levelsOf(rejecting.inbound, { "x-request-id": "b", ...batch });
  rejecting.pass(1000n);
  assert.deepEqual(levelsOf(rejecting.outbound, { "x-request-id": "b" }), ["batch"]);
});

test("default level: what was demoted before a reload is found after it", () => {
  const proxy = new TwoWorkers();
  const { sharedData, clock } = proxy;
  levelsOf(proxy.inbound, { ...id, ...batch });
  proxy.pass(100n);
  startFilter(configOf("inbound"), { sharedData, clock });
  assert.deepEqual(levelsOf(startFilter(configOf("outbound"), { sharedData, clock }), id), ["batch"]);
});

test("default level: a call lowers itself in a quiet proxy, and does not raise itself", () => {
  const { outbound } = new TwoWorkers({ config: { defaultLevel: "standard" } });
  assert.deepEqual(levelsOf(outbound, { ...id, ...batch }), ["batch"]);
  assert.deepEqual(levelsOf(outbound, { ...id, [levelHeader]: "standard" }), ["standard"], "as it asked");
  for (const asked of ["interactive", "bulk", ["interactive", "batch"]])
    assert.deepEqual(levelsOf(outbound, { ...id, [levelHeader]: asked }), [], `${asked}`);
});

test("default level: a gateway without rules writes nothing, and a level from outside is removed", () => {
  const gateway = startFilter(configOf("gateway", { trust: "Never" }));
  assert.deepEqual(levelsOf(gateway, {}), []);
  assert.deepEqual(gateway.calls, [`proxy_get_header_map_value ${levelHeader}`]);
  for (const sent of ["batch", "interactive", "", ["batch", "standard"]])
    assert.deepEqual(levelsOf(gateway, { [levelHeader]: sent }), []);
});

test("default level: whatever can give a request without the header another level is asked", () => {
  const withoutHeader: readonly Partial<FilterConfig>[] = [
    { classifyDefault: "batch" },
    { rules: [{ name: "all", match: {}, level: "batch" }] },
    { readFrom: [{ header: "x-priority" }] },
  ];
  for (const config of withoutHeader)
    for (const role of ["inbound", "gateway"] as const) {
      const vm = startFilter(configOf(role, config));
      assert.deepEqual(levelsOf(vm, { "x-priority": "batch" }), ["batch"], JSON.stringify(config));
    }
});

test("default level: mode Observe joins and counts everything, because it is there to show what can be joined", () => {
  const { inbound, outbound } = new TwoWorkers({ config: { mode: "Observe" } });
  levelsOf(inbound, id);
  levelsOf(outbound, id);
  levelsOf(outbound, { "x-request-id": "unknown" });
  outbound.tick();
  assert.equal(outbound.counters.get("expedite.outbound.joins.found.x-request-id"), 1);
  assert.equal(outbound.counters.get("expedite.outbound.joins.missed"), 1);
});

test("default level: writeDefault: it is written where it is known, and stored", () => {
  const { inbound, outbound } = new TwoWorkers({ config: { writeDefault: true } });
  assert.deepEqual(levelsOf(outbound, id), [], "no cause is known");
  assert.deepEqual(levelsOf(inbound, id), [], "nobody has classified it");
  assert.deepEqual(levelsOf(outbound, id), ["interactive"]);
  const rules: FilterConfig["rules"] = [{ name: "all", match: {}, level: "batch" }];
  const next = startFilter(configOf("inbound", { writeDefault: true, rules }));
  assert.deepEqual(levelsOf(next, { [levelHeader]: "interactive" }), ["interactive"], "not classified again");
  assert.deepEqual(levelsOf(startFilter(configOf("gateway", { writeDefault: true })), {}), ["interactive"]);
});

test("default level: a default level with clusters of its own is sent to them, by gateways and outbound, with the header or without", () => {
  const config = { levelClusters: ["interactive"], clusterDomain: "cluster.local" };
  const route = new Map([
    ["xds.cluster_name", "outbound|80||reviews.shop.svc.cluster.local"],
    ["xds.route_name", "default"],
  ]);
  for (const role of ["gateway", "outbound"] as const) {
    const vm = startFilterVm({ module: filterModule });
    assert.ok(
      vm.configure(pluginConfiguration(JSON.stringify(configOf(role, config)), { variants: [], excludedHosts: [] }))
        .accepted,
    );
    vm.request([["x-request-id", "abc"]], route);
    assert.equal(vm.filterState.get("wasm.expedite.cluster"), "default", role);
  }
});
