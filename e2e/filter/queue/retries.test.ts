// What a queue refuses, a caller's Envoy does not send again, whatever its route retries, unless the route asks for exactly that.
import assert from "node:assert/strict";
import { test } from "node:test";
import { bootstrap } from "../../envoy/bootstrap.ts";
import { send } from "../../envoy/client.ts";
import { startEnvoy } from "../../envoy/envoy.ts";
import { missingWasmRuntime } from "../../envoy/wasm-runtime.ts";
import { waitUntil } from "../../process/wait.ts";
import { ports, queueOf } from "./proxy.ts";
import { withQueue } from "./with-queue.ts";

const skip = missingWasmRuntime();
const caller = 15001;
const batch = { "x-request-priority": "batch" };
const grpc = { "content-type": "application/grpc" };

const everything = "5xx,gateway-error,retriable-4xx,retriable-status-codes,unavailable,resource-exhausted";

for (const { what, retryOn, headers, tries } of [
  { what: "of HTTP", retryOn: everything, headers: batch, tries: 1 },
  { what: "of gRPC", retryOn: everything, headers: { ...batch, ...grpc }, tries: 1 },
  { what: "whose caller retries them on purpose", retryOn: "envoy-ratelimited", headers: batch, tries: 3 },
])
  test(`queue: refused requests ${what} are tried ${tries === 1 ? "once" : `${tries} times`}`, { skip }, () => {
    const level = { maxWait: 50, onTimeout: "Reject", share: 0 } as const;
    const queue = queueOf(1, { levels: [{ ...level, onTimeout: "Forward" }, level, level] });
    return withQueue({ queue, workers: 1 }, async ({ application, proxy }) => {
      const retry_policy = { retry_on: retryOn, num_retries: 2, retriable_status_codes: [429] };
      const routes = [{ match: { prefix: "/" }, route: { cluster: "service", timeout: "0s", retry_policy } }];
      const outbound = bootstrap(
        [{ name: "outbound", port: caller, routes }],
        [{ name: "service", port: ports.inbound }],
      );
      const envoy = await startEnvoy({ bootstrap: outbound, concurrency: 1 });
      try {
        const first = send(ports.inbound, "/hold");
        await waitUntil({ what: "the first works", seconds: 5 }, () => application.open === 1);
        const answer = await send(caller, "/work", headers);
        if (what === "of gRPC") assert.deepEqual([answer.status, answer.headers["grpc-status"]], [200, "14"]);
        else assert.deepEqual([answer.status, answer.headers["retry-after"]], [429, "1"]);
        // Counted after all tries.
        assert.equal((await send(ports.inbound, "/work", batch)).status, 429);
        application.release();
        await first;
        const rejected = (): Promise<number> => proxy.queueStat("rejected.batch");
        await waitUntil({ what: "all tries are counted", seconds: 5 }, async () => (await rejected()) > tries);
        assert.equal(await rejected(), tries + 1);
      } finally {
        await envoy.stop();
      }
    });
  });
