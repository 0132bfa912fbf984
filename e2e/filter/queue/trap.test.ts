// The VM traps while requests wait: Envoy lets each of them through after its time limit, and no request fails.
import assert from "node:assert/strict";
import { test } from "node:test";
import { send } from "../../envoy/client.ts";
import { missingWasmRuntime } from "../../envoy/wasm-runtime.ts";
import { waitUntil } from "../../process/wait.ts";
import { trapModule } from "../faults/modules.ts";
import { startApplication } from "./application.ts";
import { ports, QueueProxy, queueOf } from "./proxy.ts";

const skip = missingWasmRuntime();
const level = { maxWait: 1500, onTimeout: "Forward", share: 0 } as const;

for (const callback of ["proxy_on_request_headers", "proxy_on_log", "proxy_on_tick"])
  test(`queue: a trap in ${callback} while requests wait: all of them are answered`, { skip }, async () => {
    const application = await startApplication({ port: ports.application, workers: 1, proxy: ports.inbound });
    const queue = queueOf(1, { levels: [level, level, level] });
    const proxy = await QueueProxy.start({ queue, workers: 1, module: trapModule() });
    try {
      const requests = Array.from({ length: 10 }, () => send(ports.inbound, "/work?ms=300"));
      await waitUntil({ what: "one request works", seconds: 5 }, () => application.open === 1);
      requests.push(send(ports.inbound, "/work?ms=1", { "x-trap": callback, "x-trap-times": "1" }));
      const statuses = (await Promise.all(requests)).map(({ status }) => status);
      assert.deepEqual(statuses, Array(11).fill(200));
      assert.equal(application.tickets, 0);
      assert.match(proxy.envoy.log(), new RegExp(`Function: ${callback} failed`));
    } finally {
      await proxy.stop();
      await application.close();
    }
  });
