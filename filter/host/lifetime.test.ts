// What is bounded: memory over streams and over configurations, the stream table, and the counters.
import assert from "node:assert/strict";
import { test } from "node:test";
import { startFilterVm } from "./filter-vm.ts";
import { configOf, configureRoot, filterModule, levelHeader, passRequest, startSidecar } from "./sidecar.ts";

test("lifetime: a million streams leave linear memory as it was", () => {
  const { vm, roots } = startSidecar().workers[0]!;
  const before = vm.pages;
  for (let i = 0; i < 500_000; i++) {
    const inbound = roots.inbound.openStream();
    inbound.request([
      ["x-request-id", `id ${i}`],
      [levelHeader, i % 2 === 0 ? "batch" : "interactive"],
    ]);
    const outbound = roots.outbound.openStream();
    outbound.request([["x-request-id", `id ${i}`]]);
    outbound.close();
    inbound.response([]);
    inbound.close();
  }
  assert.equal(vm.pages, before);
  roots.outbound.tick();
  assert.equal(vm.counters.get("expedite.outbound.joins.found.x-request-id"), 500_000);
  assert.equal(vm.counters.get("expedite.outbound.requests.batch"), 250_000);
});

test("lifetime: reloads of any size give their memory back", () => {
  const vm = startFilterVm({ module: filterModule });
  const reload = (rules: number): void => {
    const rule = { name: "rule", match: { path: { prefix: "/export" } }, level: "batch" };
    const root = configureRoot(vm, configOf("gateway", { rules: Array.from({ length: rules }, () => rule) }));
    root.delete();
  };
  for (let i = 0; i <= 1000; i++) reload(i);
  const before = vm.pages;
  for (let i = 1000; i >= 0; i--) reload(i);
  assert.equal(vm.pages, before);
});

test("lifetime: a root configured again gives its earlier memory back", () => {
  const vm = startFilterVm({ module: filterModule });
  const root = configureRoot(vm, configOf("gateway"));
  const before = vm.pages;
  for (let i = 0; i < 1000; i++) assert.ok(root.configure(JSON.stringify(configOf("gateway"))).accepted);
  assert.equal(vm.pages, before);
  for (let i = 0; i < 1000; i++) assert.ok(!root.configure("{}").accepted);
  assert.equal(vm.pages, before);
});

test("lifetime: a new root takes over while the old one's streams end", () => {
  const vm = startFilterVm({ module: filterModule });
  const old = configureRoot(vm, configOf("gateway", { classifyDefault: "batch" }));
  const { stream } = passRequest(old, {});
  const next = configureRoot(vm, configOf("gateway", { classifyDefault: "standard" }));
  assert.deepEqual(stream.response([]), [[levelHeader, "batch"]]);
  old.delete();
  assert.deepEqual(stream.response([]), [], "its configuration is gone: nothing is done");
  const other = configureRoot(vm, configOf("gateway", { classifyDefault: "interactive" }));
  assert.deepEqual(stream.response([]), [], "nor does the owner of the same memory answer for it");
  assert.deepEqual(passRequest(next, {}).levels, ["standard"]);
  assert.deepEqual(passRequest(other, {}).levels, ["interactive"]);
});

test("lifetime: a root without a configuration lets everything pass", () => {
  const vm = startFilterVm({ module: filterModule });
  const root = vm.createRoot();
  assert.deepEqual(passRequest(root, { [levelHeader]: "whatever" }).levels, ["whatever"]);
  root.delete();
});

test("lifetime: a stream displaced from the table loses the level on its response and nothing else", () => {
  const { roots } = startSidecar().workers[0]!;
  const { stream } = passRequest(roots.inbound, { [levelHeader]: "batch" });
  const others = Array.from({ length: 16_384 }, () => passRequest(roots.inbound, {}));
  assert.deepEqual(stream.response([["a", "b"]]), [["a", "b"]]);
  stream.close();
  assert.deepEqual(others[others.length - 1]?.stream.response([]), [[levelHeader, "interactive"]]);
  assert.equal(others.filter(({ stream: other }) => other.response([]).length === 0).length, 0);
});

test("lifetime: counters outlive the configuration that defined them, and the last counts are not lost", () => {
  const vm = startFilterVm({ module: filterModule });
  const root = configureRoot(vm, configOf("gateway"));
  passRequest(root, {});
  root.delete();
  assert.equal(vm.counters.get("expedite.gateway.requests.interactive"), 1);
  const next = configureRoot(vm, configOf("gateway"));
  passRequest(next, {});
  next.tick();
  assert.equal(vm.counters.get("expedite.gateway.requests.interactive"), 2);
  next.tick();
  assert.deepEqual(vm.calls, [], "nothing new, nothing written");
});

test("lifetime: hundreds of level names do not break counting or anything else", () => {
  const vm = startFilterVm({ module: filterModule });
  const before = vm.pages;
  for (let i = 0; i < 600; i++) {
    const root = configureRoot(vm, configOf("gateway", { levels: [`level-${i}`], defaultLevel: `level-${i}` }));
    assert.deepEqual(passRequest(root, {}).levels, [`level-${i}`]);
    root.delete();
  }
  assert.ok(vm.counters.size <= 512);
  assert.equal(vm.counters.get("expedite.gateway.requests.level-0"), 1);
  assert.ok(vm.pages <= before + 1);
});
