// What is bounded: memory over requests and refusals, and the counters.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { configurationHash } from "../config/ticks.ts";
import { startFilterVm } from "./filter-vm.ts";
import { moduleFile } from "./module-file.ts";
import { SharedData } from "./shared-data.ts";
import { configOf, filterModule, levelHeader, levelsOf, startFilter, startSidecar } from "./sidecar.ts";

test("lifetime: a million requests leave linear memory as it was", () => {
  const { inbound, outbound } = startSidecar().workers[0]!;
  const before = [inbound.pages, outbound.pages];
  for (let i = 0; i < 500_000; i++) {
    inbound.request([
      ["x-request-id", `id ${i}`],
      [levelHeader, i % 2 === 0 ? "batch" : "interactive"],
    ]);
    outbound.request([["x-request-id", `id ${i}`]]);
  }
  assert.deepEqual([inbound.pages, outbound.pages], before);
  outbound.tick();
  assert.equal(outbound.counters.get("expedite.outbound.joins.found.x-request-id"), 500_000);
  assert.equal(outbound.counters.get("expedite.outbound.requests.batch"), 250_000);
});

test("lifetime: the next configuration reuses the memory of refused ones of any size", () => {
  const vm = startFilterVm({ module: filterModule });
  const refused = (rules: number): void => {
    const rule = { name: "rule", match: { path: { prefix: "/export" } }, level: "bulk" };
    const config = configOf("gateway", { rules: Array.from({ length: rules }, () => rule) });
    assert.ok(!vm.configure(JSON.stringify(config)).accepted);
  };
  refused(1000);
  const before = vm.pages;
  for (let i = 1; i <= 1000; i++) refused(i);
  assert.equal(vm.pages, before);
  assert.ok(vm.configure(JSON.stringify(configOf("gateway", { classifyDefault: "batch" }))).accepted);
  assert.deepEqual(levelsOf(vm, {}), ["batch"]);
});

test("lifetime: a configuration that is accepted again costs nothing", () => {
  const vm = startFilter(configOf("inbound"));
  const before = vm.pages;
  for (let i = 0; i < 1000; i++) assert.ok(vm.configure(JSON.stringify(configOf("inbound"))).accepted);
  assert.equal(vm.pages, before);
});

test("lifetime: without a configuration everything passes", () => {
  const vm = startFilterVm({ module: filterModule });
  assert.deepEqual(levelsOf(vm, { [levelHeader]: "whatever" }), ["whatever"]);
  assert.ok(!vm.configure("{}").accepted);
  assert.deepEqual(levelsOf(vm, { [levelHeader]: "whatever" }), ["whatever"]);
});

test("lifetime: counters are written once a second, and only if something was counted", () => {
  const vm = startFilter(configOf("gateway"));
  levelsOf(vm, {});
  assert.equal(vm.counters.get("expedite.gateway.requests.interactive"), 0);
  vm.tick();
  assert.equal(vm.counters.get("expedite.gateway.requests.interactive"), 1);
  vm.tick();
  assert.deepEqual(vm.calls, ["proxy_get_current_time_nanoseconds"], "nothing new, nothing written");
});

test("lifetime: a VM counts one tick per second, however many plugins tick in it, even after its clock was set back", () => {
  const second = 1_000_000_000n;
  let time = 1_700_000_000n * second;
  const vm = startFilter(configOf("inbound"), { clock: () => time });
  const ticks = (): number | undefined => vm.counters.get("expedite.inbound.ticks");
  assert.equal(ticks(), 0);
  for (const step of [0n, 300n, 300n, 400n, 300n, 700n, 1001n, -5000n, 1000n]) {
    time += step * 1_000_000n;
    vm.tick();
  }
  // At 1.0, 2.0 and 3.0 s, when the clock was set back, and one second later.
  assert.equal(ticks(), 5);
});

test("lifetime: a configuration's own ticks carry its hash, as the control plane computes it", () => {
  const config = configOf("inbound");
  let time = 1_700_000_000_000_000_000n;
  const vm = startFilter(config, { clock: () => time });
  time += 1_000_000_000n;
  vm.tick();
  const hash = configurationHash(JSON.stringify(config));
  assert.match(hash, /^[0-9a-f]{16}$/);
  assert.equal(vm.counters.get(`expedite.inbound.ticks.${hash}`), 1);
});

test("lifetime: calls without a known cause are counted by service", () => {
  const vm = startFilter(configOf("outbound", { writeDefault: true }), {
    sharedData: new SharedData(),
    cluster: "reviews.bookinfo",
  });
  levelsOf(vm, { "x-request-id": "a" });
  vm.tick();
  assert.equal(vm.counters.get("expedite.outbound.joins.missed.reviews.bookinfo"), 1);
});

test("lifetime: the module that traps on demand, which has more constants than the filter, starts", () => {
  const module = new WebAssembly.Module(readFileSync(join(dirname(moduleFile), "trap-on-demand.wasm")));
  const imports = WebAssembly.Module.imports(module).map(({ name }) => [name, () => 0]);
  const { exports } = new WebAssembly.Instance(module, { env: Object.fromEntries(imports) });
  (exports._initialize as () => void)();
});
