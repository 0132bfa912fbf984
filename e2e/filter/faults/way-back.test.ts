// Automatic recovery from a trap, under load: two samples of a proxy's metrics show that a VM stopped, a filter of the next generation
// makes new VMs, and levels are carried again. The test does what a control plane does.
import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import {
  secondsBetweenLooks,
  stoppedVms,
  type TickSample,
  ticksMetric,
  workersMetric,
} from "@expedite/filter/config/ticks.ts";
import { readStats } from "../../envoy/admin.ts";
import { missingWasmRuntime } from "../../envoy/wasm-runtime.ts";
import { waitUntil } from "../../process/wait.ts";
import { assertUnharmed, Load } from "./load.ts";
import { trapModule } from "./modules.ts";
import { FaultyProxy } from "./proxy.ts";
import { armTrap } from "./trap.ts";

const skip = missingWasmRuntime();
const module = trapModule();

async function look(proxy: FaultyProxy): Promise<TickSample> {
  const stats = await readStats(proxy.envoy.admin, "^(server\\.concurrency|wasmcustom\\.expedite\\.inbound\\.ticks)$");
  const seconds = performance.now() / 1000;
  return { seconds, workers: stats.get(workersMetric)!, ticks: stats.get(ticksMetric("inbound"))! };
}

/** Resolves once two samples, taken far enough apart to tell, show it. On a starved machine ticks are late. */
async function untilStopped(proxy: FaultyProxy, vms: number, when: string): Promise<void> {
  await waitUntil({ what: `${vms} stopped VMs of inbound ${when}`, seconds: 30 }, async () => {
    const earlier = await look(proxy);
    await sleep(secondsBetweenLooks(1, earlier.workers) * 1000 + 10);
    return stoppedVms(1, earlier, await look(proxy)) === vms;
  });
}

for (const workers of [1, 2])
  test(`way back, ${workers} workers: the metrics show the trap, new VMs restore the levels, and there is never an error`, {
    skip,
  }, async () => {
    const proxy = await FaultyProxy.start({ delivery: "ECDS", workers, filter: { module } });
    const load = Load.start();
    try {
      await untilStopped(proxy, 0, "before the trap");
      const before = load.take();
      assertUnharmed(before);
      assert.equal(before.fellBack, 0);

      assert.equal(await armTrap("proxy_on_request_headers"), 200);
      await untilStopped(proxy, 1, "after the trap");
      const broken = load.take();
      assertUnharmed(broken);
      assert.ok(broken.fellBack > 10, JSON.stringify(broken));

      assert.equal(await proxy.push({ module, generation: 2 }), "taken");
      await load.everyLane();
      assertUnharmed(load.take());
      await untilStopped(proxy, 0, "with new VMs");
      const mended = load.take();
      assertUnharmed(mended);
      assert.ok(mended.fellBack === 0 && mended.joined > 10, JSON.stringify(mended));
    } finally {
      assertUnharmed(await load.stop());
      await proxy.stop();
    }
  });
