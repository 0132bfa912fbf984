// The limit that adapts in a real Envoy: it finds what an application with a fixed number of workers does at once, from a cold start and
// after the number has changed, while clients always want more. A busy machine takes time away from all of them.
import assert from "node:assert/strict";
import { test } from "node:test";
import { missingWasmRuntime } from "../../../envoy/wasm-runtime.ts";
import { waitUntil } from "../../../process/wait.ts";
import { Site } from "./site.ts";

const skip = missingWasmRuntime();

for (const proxyWorkers of [1, 2])
  test(`queue: a limit that adapts follows the application, ${proxyWorkers} workers`, { skip }, async () => {
    const site = await Site.start({ workers: 8, proxyWorkers, work: 40 });
    const becomes = (what: string, from: number, to: number): Promise<void> =>
      waitUntil({ what: `the limit is from ${from} to ${to}, ${what}`, seconds: 20, detail: () => site.seen() }, async () => {
        const limit = await site.limit();
        return limit >= from && limit <= to;
      });
    try {
      await becomes("for 8 workers, from a cold start", 7, 24);
      site.application.resize(2);
      await becomes("for 2 workers", 2, 6);
      site.application.resize(8);
      await becomes("for 8 workers again", 7, 24);
      assert.equal(site.wrong, 0);
    } finally {
      await site.stop();
    }
  });
