// Until when the caller of a request waits: what inbound reads and stores, what calls inherit, and whose word counts.
import assert from "node:assert/strict";
import { test } from "node:test";
import { timeoutHeader } from "../config/deadlines.ts";
import type { FilterConfig } from "../config/schema.ts";
import type { FilterVm } from "./filter-vm.ts";
import { SharedData } from "./shared-data.ts";
import { type HeaderRecord, headerList, startSidecar, valuesOf, type Worker } from "./sidecar.ts";
import type { Attribute } from "./stream-attributes.ts";

const millisecond = 1_000_000n;
const expected = "x-envoy-expected-rq-timeout-ms";
const id = { "x-request-id": "abc" };
const carry: Partial<FilterConfig> = { deadlines: "Carry" };

/** The values of the timeout header after the filter. */
function timeouts(vm: FilterVm, headers: HeaderRecord, properties?: ReadonlyMap<string, Attribute>): readonly string[] {
  return valuesOf(vm.request(headerList(headers), properties), timeoutHeader);
}

class Hop {
  time = 1_700_000_000_000n * millisecond;
  readonly worker: Worker;
  readonly sharedData: SharedData;
  constructor(config = carry, sharedData = new SharedData()) {
    this.worker = startSidecar({ config, clock: () => this.time, sharedData }).workers[0]!;
    this.sharedData = sharedData;
  }
  receive(headers: HeaderRecord, properties?: ReadonlyMap<string, Attribute>): readonly string[] {
    return timeouts(this.worker.inbound, { ...id, ...headers }, properties);
  }
  /** What a call inherits, so many milliseconds after the last step. */
  call(after = 0, headers: HeaderRecord = {}): readonly string[] {
    this.time += BigInt(after) * millisecond;
    return timeouts(this.worker.outbound, { ...id, ...headers });
  }
}

test("deadlines: a call inherits what is left of the least that Envoy, gRPC and the calling proxy say", () => {
  const cases: readonly [HeaderRecord, string | undefined][] = [
    [{ [expected]: "200" }, "150"],
    [{ "grpc-timeout": "90m" }, "40"],
    [{ [timeoutHeader]: "80" }, "30"],
    [{ [timeoutHeader]: ["300", "soon", "80"] }, "30"],
    [{ [timeoutHeader]: "300, 80,90,,x" }, "30"],
    [{ [timeoutHeader]: "12345678901, 80ms, -5" }, undefined],
    [{ [expected]: "200", "grpc-timeout": "1S", [timeoutHeader]: "60" }, "10"],
    [{ [expected]: "70", "grpc-timeout": "1S", [timeoutHeader]: "600" }, "20"],
    [{ [timeoutHeader]: "0", [expected]: "200" }, "0"],
    [{ [expected]: "40" }, "0"],
    [{ [expected]: "0" }, undefined],
    [{ [timeoutHeader]: "soon", "grpc-timeout": "5" }, undefined],
    [{}, undefined],
  ];
  for (const [headers, inherited] of cases) {
    const proxy = new Hop();
    proxy.receive(headers);
    assert.deepEqual(proxy.call(50), inherited === undefined ? [] : [inherited], JSON.stringify(headers));
  }
});

test("deadlines: an application may shorten what its call inherits, and not lengthen it", () => {
  const proxy = new Hop();
  proxy.receive({ [expected]: "200" });
  assert.deepEqual(proxy.call(0, { [timeoutHeader]: "50" }), ["50"]);
  assert.deepEqual(proxy.call(0, { [timeoutHeader]: "5000" }), ["200"]);
  assert.deepEqual(proxy.call(0, { [timeoutHeader]: ["5000", "900"] }), ["200"]);
  assert.deepEqual(proxy.call(0, { [timeoutHeader]: "" }), ["200"]);
  assert.deepEqual(proxy.call(0, { "x-request-id": "another" }), []);
  assert.deepEqual(proxy.call(0, { "x-request-id": "another", [timeoutHeader]: "50" }), ["50"]);
});

test("deadlines: of live requests with one id the latest counts, because a call may be either's; later requests replace it", () => {
  const proxy = new Hop();
  proxy.receive({ [expected]: "200" });
  proxy.receive({ [expected]: "500" });
  proxy.receive({ [expected]: "100" });
  assert.deepEqual(proxy.call(), ["500"]);
  proxy.receive({});
  assert.deepEqual(proxy.call(), []);
  proxy.time += 61_000n * millisecond;
  proxy.worker.inbound.tick();
  proxy.receive({ [expected]: "100" });
  assert.deepEqual(proxy.call(), ["100"]);
});

test("deadlines: a trace id in 64 bits finds those of requests that may be its cause", () => {
  const proxy = new Hop();
  const trace = "4bf92f3577b34da6a3ce929d0e0e4736";
  proxy.receive({ "x-request-id": "one", "x-b3-traceid": trace, [expected]: "200" });
  proxy.receive({ "x-request-id": "two", "x-b3-traceid": trace.slice(16), [expected]: "300" });
  assert.deepEqual(proxy.call(0, { "x-request-id": "new", "x-b3-traceid": trace.slice(16) }), ["300"]);
});

const peerOf = (domain: string) => new Map([["connection.uri_san_peer_certificate", `spiffe://${domain}/ns/a/sa/b`]]);
const mesh: Partial<FilterConfig> = { ...carry, trust: "Mesh", trustDomains: ["cluster.local"] };

test("deadlines: the header is believed and removed by the same rule as that of the level, at sidecars and gateways", () => {
  const header = { [timeoutHeader]: "80" };
  for (const [config, properties, isBelieved] of [
    [{ ...carry, trust: "Always" }, undefined, true],
    [{ ...carry, trust: "Never" }, undefined, false],
    [mesh, peerOf("cluster.local"), true],
    [mesh, peerOf("elsewhere"), false],
    [mesh, undefined, false],
  ] as const) {
    const proxy = new Hop(config);
    assert.deepEqual(proxy.receive(header, properties), isBelieved ? ["80"] : []);
    assert.deepEqual(proxy.call(), isBelieved ? ["80"] : []);
    assert.deepEqual(timeouts(proxy.worker.gateway, header, properties), isBelieved ? ["80"] : []);
    proxy.worker.inbound.tick();
    assert.equal(proxy.worker.inbound.counters.get("expedite.inbound.stripped"), isBelieved ? 0 : 1);
  }
});

test("deadlines: without them nothing is read, stored or removed, and joins work across the change of the configuration", () => {
  const sharedData = new SharedData();
  const without = new Hop({}, sharedData);
  const batch = { "x-request-priority": "batch" };
  assert.deepEqual(without.receive({ ...batch, [timeoutHeader]: "80", [expected]: "200" }), ["80"]);
  assert.deepEqual(without.call(), []);
  const carrying = new Hop(carry, sharedData);
  assert.deepEqual(carrying.call(), []);
  const levelAfter = (proxy: Hop): readonly string[] =>
    valuesOf(proxy.worker.outbound.request(headerList(id)), "x-request-priority");
  assert.deepEqual(levelAfter(carrying), ["batch"]);
  carrying.receive({ ...batch, "x-request-id": "def", [expected]: "200" });
  assert.deepEqual(carrying.call(0, { "x-request-id": "def" }), ["200"]);
  carrying.receive({ ...batch, [expected]: "200" });
  assert.deepEqual(levelAfter(without), ["batch"]);
  assert.deepEqual(without.call(), []);
  without.receive(batch);
  assert.deepEqual(carrying.call(), [], "a request of unknown deadline was added");
});

test("deadlines: in mode Observe no header is written or removed", () => {
  const proxy = new Hop({ ...carry, mode: "Observe", trust: "Never" });
  assert.deepEqual(proxy.receive({ [expected]: "200", [timeoutHeader]: "80" }), ["80"]);
  assert.deepEqual(proxy.call(), []);
});

test("deadlines: a request of the default level without one stores nothing, and a call then looks for nothing", () => {
  const proxy = new Hop();
  proxy.receive({});
  assert.equal(proxy.sharedData.size, 0);
  proxy.call();
  assert.ok(!proxy.worker.outbound.calls.some((call) => call.includes("shared_data")));
});

const router = "x-envoy-upstream-rq-timeout-ms";
const byDefault = new Map<string, Attribute>([["xds.route_name", "default"]]);
const ofUser = new Map<string, Attribute>([
  ["xds.route_name", "default"],
  ["xds.route_metadata.filter_metadata.istio.config", "/apis/networking.istio.io/v1/namespaces/shop/virtual-service/a"],
]);

test("deadlines: enforced, a call on a route without a timeout gets what is left, and never more than it had", () => {
  const cases: readonly [HeaderRecord, ReadonlyMap<string, Attribute>, readonly string[]][] = [
    [{}, byDefault, ["150"]],
    [{ [timeoutHeader]: "60" }, byDefault, ["60"]],
    [{ "grpc-timeout": "70m" }, byDefault, ["70"]],
    [{ "grpc-timeout": "2S" }, byDefault, ["150"]],
    [{ [router]: "50" }, byDefault, ["50"]],
    [{ [router]: ["500", "50"] }, byDefault, ["150"]],
    [{ [router]: "0" }, byDefault, ["150"]],
    [{}, ofUser, []],
    [{}, new Map([["xds.route_name", "slow"]]), []],
    [{}, new Map(), []],
    [{ "x-request-id": "another" }, byDefault, []],
  ];
  for (const [headers, route, expectedTimeouts] of cases) {
    const hop = new Hop({ deadlines: "Enforce" });
    hop.receive({ [expected]: "200" });
    hop.time += 50n * millisecond;
    const call = hop.worker.outbound.request(headerList({ ...id, ...headers }), route);
    assert.deepEqual(valuesOf(call, router), expectedTimeouts, JSON.stringify(headers));
  }
});

test("deadlines: enforced, a call that comes too late ends at once, because 0 would mean no limit", () => {
  const hop = new Hop({ deadlines: "Enforce" });
  hop.receive({ [expected]: "200" });
  hop.time += 300n * millisecond;
  const call = hop.worker.outbound.request(headerList(id), byDefault);
  assert.deepEqual([valuesOf(call, timeoutHeader), valuesOf(call, router)], [["0"], ["1"]]);
});
