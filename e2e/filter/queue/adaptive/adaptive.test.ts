// The limit that adapts in a real Envoy: it finds what an application with a fixed number of workers does at once, from a cold start and
// after the number has been halved and doubled, while clients always want more. Requests take so long that what a busy machine adds to each
// is little; where it is not, more of them than there are workers are needed to keep all busy, and the limit is higher for it.
import assert from "node:assert/strict";
import { test } from "node:test";
import { missingWasmRuntime } from "../../../envoy/wasm-runtime.ts";
import { waitUntil } from "../../../process/wait.ts";
import { Site } from "./site.ts";

const skip = missingWasmRuntime();

for (const proxyWorkers of [1, 2])
  test(`queue: a limit that adapts follows the application, ${proxyWorkers} workers`, { skip }, async () => {
    const site = await Site.start({ workers: 16, proxyWorkers, work: 150 });
    const becomes = (what: string, from: number, to: number): Promise<void> =>
      waitUntil(
        { what: `the limit is from ${from} to ${to} ${what}`, seconds: 20, detail: () => site.seen() },
        async () => {
          const limit = await site.limit();
          return limit >= from && limit <= to;
        },
      );
    try {
      await becomes("for 16 workers, from a cold start", 14, 48);
      site.application.resize(8);
      await becomes("for 8 workers", 7, 20);
      site.application.resize(16);
      await becomes("for 16 workers again", 14, 48);
      assert.equal(site.wrong, 0);
    } finally {
      await site.stop();
    }
  });
