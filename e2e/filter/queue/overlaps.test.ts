// What other loops do to a queue that only delays (onTimeout: Forward), and the peaceful twin of each (docs/operations/overlaps.md): twenty
// requests at once for four slots, which the queue alone answers.
import assert from "node:assert/strict";
import { test } from "node:test";
import { adaptiveConcurrency } from "../../envoy/adaptive-concurrency.ts";
import { bootstrap, toCluster } from "../../envoy/bootstrap.ts";
import { send } from "../../envoy/client.ts";
import { startEnvoy } from "../../envoy/envoy.ts";
import { missingWasmRuntime } from "../../envoy/wasm-runtime.ts";
import { ports, type QueueProxyOptions, queueOf } from "./proxy.ts";
import { withQueue } from "./with-queue.ts";

const skip = missingWasmRuntime();
const limit = 4;
const usual: QueueProxyOptions = { queue: queueOf(limit), workers: 1 };

/** How many of twenty requests at once are refused, with 503. */
async function refusedOf(port: number): Promise<number> {
  const answers = await Promise.all(Array.from({ length: 20 }, () => send(port, "/work?ms=30")));
  const refused = answers.filter(({ status }) => status === 503).length;
  assert.equal(answers.filter(({ status }) => status === 200).length, 20 - refused);
  return refused;
}

/** Until it knows the latency, it lets in three requests at once, or so many. */
const concurrency = adaptiveConcurrency({ min_concurrency: limit });

for (const { what, options, isRefused } of [
  { what: "alone", options: {}, isRefused: false },
  { what: "behind Envoy's adaptive_concurrency", options: { before: [concurrency] }, isRefused: true },
  { what: "before Envoy's adaptive_concurrency", options: { last: [concurrency] }, isRefused: false },
  { what: "before a circuit breaker below the limit", options: { maxRequests: limit - 1 }, isRefused: true },
  { what: "before a circuit breaker at the limit", options: { maxRequests: limit }, isRefused: false },
])
  test(`queue: ${what}, ${isRefused ? "what should wait is refused" : "nothing is refused"}`, { skip }, () =>
    withQueue({ ...usual, ...options }, async () => {
      assert.equal((await refusedOf(ports.inbound)) > 0, isRefused);
    }),
  );

for (const [what, maxRequests, isRefused] of [
  ["has room for the limit but not for what waits", limit, true],
  ["has room for what waits, too", 20, false],
] as const)
  test(
    `queue: if a caller's circuit breaker ${what}, ${isRefused ? "the rest is refused" : "nothing is refused"}`,
    {
      skip,
    },
    () =>
      withQueue(usual, async () => {
        const port = 15001;
        const outbound = { name: "outbound", port, routes: [toCluster("service")] };
        const cluster = { name: "service", port: ports.inbound, maxRequests };
        const envoy = await startEnvoy({ bootstrap: bootstrap([outbound], [cluster]), concurrency: 1 });
        try {
          assert.equal((await refusedOf(port)) > 0, isRefused);
        } finally {
          await envoy.stop();
        }
      }),
  );
