// A broken filter is pushed to a working proxy under load: it is refused, and the previous one continues.
import assert from "node:assert/strict";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { missingWasmRuntime } from "../../envoy/wasm-runtime.ts";
import { assertDocumented } from "./documented.ts";
import { assertUnharmed, Load } from "./load.ts";
import { brokenModules, trapModule } from "./modules.ts";
import { deliveries, FaultyProxy } from "./proxy.ts";
import type { FilterSettings } from "./resources.ts";
import { armTrap } from "./trap.ts";

const skip = missingWasmRuntime();

/** Given to a proxy that runs the module of trap-on-demand.ts; some need a trap that is set beforehand. */
const faults: readonly { readonly name: string; readonly filter: FilterSettings; readonly trap?: string }[] = [
  ...Object.entries(brokenModules(mkdtempSync(join(tmpdir(), "broken-modules-")))).map(([name, module]) => ({
    name: `a module that ${name}`,
    filter: { module },
  })),
  { name: "a configuration that the filter refuses", filter: { configuration: () => "{}" } },
  {
    name: "a module that traps when its VM starts",
    filter: { module: trapModule(), generation: 2 },
    trap: "proxy_on_vm_start",
  },
  {
    name: "a module that traps when it is configured",
    filter: { module: trapModule(), generation: 3 },
    trap: "proxy_on_configure",
  },
];

for (const delivery of deliveries)
  test(`push by ${delivery}: a broken filter is refused, and every request keeps its level`, {
    skip,
  }, async (context) => {
    const proxy = await FaultyProxy.start({ delivery, workers: 2, filter: { module: trapModule() } });
    const load = Load.start();
    try {
      for (const { name, filter, trap } of faults)
        await context.test(name, async () => {
          // Inbound and outbound are two pushes by ECDS and two listeners by LDS, and each needs its own trap.
          if (trap !== undefined) await armTrap(trap, { times: 2 });
          assert.equal(await proxy.push(filter), "refused");
          await load.everyLane();
          const outcomes = load.take();
          assertUnharmed(outcomes);
          assert.equal(outcomes.fellBack, 0);
          assert.ok(outcomes.joined > 10, `${outcomes.joined} joined`);
        });
      assertDocumented(`later, by ${delivery}`, "200, every level as before", await proxy.signs());
      assert.match(proxy.envoy.log(), /expedite: configuration refused: version: is required/);
    } finally {
      assertUnharmed(await load.stop());
      await proxy.stop();
    }
  });
