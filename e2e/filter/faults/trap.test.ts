// The module traps in each of its callbacks, under load: no request fails, the worker's requests fall back to the default level, no level
// is wrong, and a filter with another vm_config.configuration restores the levels.
import assert from "node:assert/strict";
import { test } from "node:test";
import { missingWasmRuntime } from "../../envoy/wasm-runtime.ts";
import { waitUntil } from "../../process/wait.ts";
import { assertDocumented } from "./documented.ts";
import { assertUnharmed, Load } from "./load.ts";
import { trapModule } from "./modules.ts";
import { FaultyProxy } from "./proxy.ts";
import { armTrap } from "./trap.ts";

const skip = missingWasmRuntime();
const module = trapModule();

interface Fault {
  readonly callback: string;
  /** Causes the trap in a VM that runs the inbound filter, at least. */
  provoke(proxy: FaultyProxy, workers: number): Promise<void>;
}

const faults: readonly Fault[] = [
  {
    callback: "proxy_on_request_headers",
    provoke: async () => assert.equal(await armTrap("proxy_on_request_headers"), 200),
  },
  { callback: "malloc", provoke: async () => assert.equal(await armTrap("malloc"), 200) },
  {
    callback: "proxy_on_tick",
    async provoke({ envoy }, workers) {
      // The VMs of inbound and outbound, including one each on the main thread: every VM ticks once a second.
      const vms = 2 * (workers + 1);
      await armTrap("proxy_on_tick", { times: vms });
      const traps = (): number => envoy.log().split("Function: proxy_on_tick failed").length - 1;
      await waitUntil({ what: "every VM has trapped", seconds: 10 }, () => traps() >= vms);
      assert.equal(traps(), vms);
    },
  },
  {
    callback: "proxy_on_configure",
    async provoke(proxy, workers) {
      // The first call is in the VM in which Envoy tries the configuration, before the threads get it.
      await armTrap("proxy_on_configure", { after: 1, times: workers + 1 });
      assert.equal(await proxy.push({ module, generation: 2 }, ["inbound"]), "taken");
    },
  },
];

for (const workers of [1, 2])
  for (const { callback, provoke } of faults)
    test(`trap in ${callback}, ${workers} workers: requests pass at the default level until there are new VMs`, {
      skip,
    }, async () => {
      const proxy = await FaultyProxy.start({ delivery: "ECDS", workers, filter: { module } });
      const load = Load.start();
      try {
        await load.everyLane();
        const before = load.take();
        assertUnharmed(before);
        assert.ok(before.joined > 10 && before.fellBack === 0, JSON.stringify(before));

        await provoke(proxy, workers);
        await load.everyLane();
        assertUnharmed(load.take());
        // Enough that even one lane alone has more than ten.
        await load.everyLane(12);
        const broken = load.take();
        assertUnharmed(broken);
        assert.ok(broken.fellBack > 10, JSON.stringify(broken));
        // Levels are kept elsewhere: one worker of two is broken, unless every VM is.
        const isEverywhere = workers === 1 || ["proxy_on_tick", "proxy_on_configure"].includes(callback);
        assert.equal(broken.joined === 0, isEverywhere, JSON.stringify(broken));
        assert.match(proxy.envoy.log(), new RegExp(`Function: ${callback} failed`));
        assertDocumented(`trap in ${callback}`, "200, default level", await proxy.signs());

        assert.equal(await proxy.push({ module, generation: 3 }), "taken");
        await load.everyLane();
        assertUnharmed(load.take());
        await load.everyLane(12);
        const mended = load.take();
        assertUnharmed(mended);
        assert.ok(mended.joined > 10 && mended.fellBack === 0, JSON.stringify(mended));
      } finally {
        assertUnharmed(await load.stop());
        await proxy.stop();
      }
    });
