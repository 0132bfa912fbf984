// Good filters are pushed to a proxy again and again under load: no request fails, no level is lost or wrong, and the VMs of previous
// filters go.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { readStats } from "../../envoy/admin.ts";
import { filterText } from "../../envoy/bootstrap.ts";
import { missingWasmRuntime } from "../../envoy/wasm-runtime.ts";
import { waitUntil } from "../../process/wait.ts";
import { assertUnharmed, Load } from "./load.ts";
import { trapModule } from "./modules.ts";
import { FaultyProxy } from "./proxy.ts";
import type { FilterSettings } from "./resources.ts";

const skip = missingWasmRuntime();
const reloads = 20;

/** In turn: new VMs, another module, which comes as bytes, and another configuration. */
function filterOf(turn: number): FilterSettings {
  if (turn % 3 === 0) return { generation: turn };
  if (turn % 3 === 1) return { inline: readFileSync(trapModule()) };
  return { configuration: (role) => filterText({ role, correlateBy: ["x-request-id"] }) };
}

const activeVms = async (proxy: FaultyProxy): Promise<number | undefined> =>
  (await readStats(proxy.envoy.admin, "^wasm\\.envoy\\.wasm\\.runtime\\.v8\\.active$")).values().next().value;

test(`reload: ${reloads} of the configuration, the module and the VMs by ECDS keep every level`, { skip }, async () => {
  const proxy = await FaultyProxy.start({ delivery: "ECDS", workers: 2, filter: {} });
  const before = await activeVms(proxy);
  const load = Load.start();
  try {
    for (let turn = 0; turn < reloads; turn++) {
      assert.equal(await proxy.push(filterOf(turn)), "taken");
      await load.everyLane();
    }
  } finally {
    const outcomes = await load.stop();
    assertUnharmed(outcomes);
    assert.equal(outcomes.fellBack, 0);
    assert.ok(outcomes.joined > 100, `only ${outcomes.joined} joined`);
  }
  await waitUntil({ what: "VMs of previous filters are gone", seconds: 10 }, async () => {
    assert.equal(await activeVms(proxy), before);
    return true;
  });
  await proxy.stop();
});

test("reload: by LDS, while the previous listeners drain, every level is kept", { skip }, async () => {
  const proxy = await FaultyProxy.start({ delivery: "LDS", workers: 2, filter: {} });
  const load = Load.start();
  try {
    for (let turn = 0; turn < 6; turn++) {
      assert.equal(await proxy.push(filterOf(turn)), "taken");
      await load.everyLane(10);
    }
  } finally {
    const outcomes = await load.stop();
    assertUnharmed(outcomes);
    assert.equal(outcomes.fellBack, 0);
    assert.ok(outcomes.joined > 100, `only ${outcomes.joined} joined`);
    await proxy.stop();
  }
});
