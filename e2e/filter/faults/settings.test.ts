// The effect of each of Envoy's settings for a failing filter on a trap: on the request that traps, on those after it, and on whether the
// VM comes back by itself. Only one setting adds no error.
import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { send } from "../../envoy/client.ts";
import { missingWasmRuntime } from "../../envoy/wasm-runtime.ts";
import { waitUntil } from "../../process/wait.ts";
import { ports } from "../sidecar.ts";
import { assertDocumented } from "./documented.ts";
import { Load } from "./load.ts";
import { trapModule } from "./modules.ts";
import { FaultyProxy } from "./proxy.ts";
import type { Json } from "./resources.ts";
import { armTrap } from "./trap.ts";

const skip = missingWasmRuntime();

interface Setting {
  readonly failure: Json;
  /** Number of successive traps. */
  readonly traps: number;
}

const settings: readonly Setting[] = [
  { failure: { fail_open: true }, traps: 1 },
  { failure: { failure_policy: "FAIL_OPEN" }, traps: 1 },
  { failure: { failure_policy: "FAIL_RELOAD" }, traps: 1 },
  { failure: { failure_policy: "FAIL_RELOAD" }, traps: 5 },
  { failure: { failure_policy: "FAIL_CLOSED" }, traps: 1 },
  { failure: {}, traps: 1 },
];

function name({ failure, traps }: Setting): string {
  const [setting = "none"] = Object.entries(failure).map(([key, value]) => `\`${key}: ${value}\``);
  return traps === 1 ? setting : `${setting}, traps again and again`;
}

/** The worst outcome for requests in this time, in milliseconds, or longer if they are slow. */
async function glance(load: Load, time: number): Promise<string> {
  load.take();
  await Promise.all([sleep(time), load.everyLane()]);
  const { joined, fellBack, wrong, errors } = load.take();
  assert.equal(wrong, 0);
  for (const error of errors) assert.match(error, /^(in|out)bound: HTTP\/1\.1 503 /);
  if (errors.length > 0) return errors.length > 10 ? "503" : `503 for ${errors.length}`;
  assert.ok(joined + fellBack > 10);
  return fellBack > 0 ? "200, default level" : "200, their level";
}

for (const setting of settings)
  test(`settings: ${name(setting)}`, { skip }, async () => {
    const filter = { module: trapModule(), failure: setting.failure };
    const proxy = await FaultyProxy.start({ delivery: "ECDS", workers: 1, filter });
    const load = Load.start();
    try {
      assert.equal(await glance(load, 1500), "200, their level");
      const trapped = await armTrap("proxy_on_request_headers", { times: setting.traps });
      const afterwards = await glance(load, 500);
      // After each trap but the first, Envoy waits for a random time of up to a second.
      await sleep(setting.traps * 1000);
      await waitUntil({ what: "requests have the documented outcome", seconds: 10 }, async () => {
        const later = await glance(load, 500);
        assertDocumented(name(setting), `${trapped}`, afterwards, later, await proxy.signs());
        return true;
      });
    } finally {
      await load.stop();
      await proxy.stop();
    }
  });

test("settings: fail_open and failure_policy together are refused", { skip }, async () => {
  const failure = { fail_open: true, failure_policy: "FAIL_RELOAD" };
  const proxy = await FaultyProxy.start({ delivery: "ECDS", workers: 1, filter: {} });
  try {
    assert.equal(await proxy.push({ failure, generation: 2 }), "refused");
    assert.equal((await send(ports.inbound, "/")).status, 200);
  } finally {
    await proxy.stop();
  }
});
