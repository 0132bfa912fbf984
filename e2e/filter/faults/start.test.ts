// A proxy starts with a broken filter, for each way in which the filter reaches it: which responses requests get.
import assert from "node:assert/strict";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, test } from "node:test";
import { closeClient, send } from "../../envoy/client.ts";
import { startEnvoy } from "../../envoy/envoy.ts";
import { missingWasmRuntime } from "../../envoy/wasm-runtime.ts";
import { ports } from "../sidecar.ts";
import { assertDocumented } from "./documented.ts";
import { brokenModules } from "./modules.ts";
import { type Delivery, FaultyProxy } from "./proxy.ts";
import { type FilterSettings, type Json, passThrough, staticBootstrap } from "./resources.ts";

const skip = missingWasmRuntime();
afterEach(closeClient);

const modules = brokenModules(mkdtempSync(join(tmpdir(), "broken-modules-")));
const faults: Readonly<Record<string, FilterSettings>> = {
  ...Object.fromEntries(Object.entries(modules).map(([name, module]) => [`a module that ${name}`, { module }])),
  "a configuration that the filter refuses": { configuration: () => "{}" },
};

/** Status of a request, or "no listener". */
async function statusOfRequest(): Promise<string> {
  const answer = await send(ports.inbound, "/").catch((error: NodeJS.ErrnoException) => error);
  if (!(answer instanceof Error)) return `${answer.status}`;
  assert.equal(answer.code, "ECONNREFUSED");
  return "no listener";
}

for (const [fault, filter] of Object.entries(faults)) {
  test(`start: ${fault}, in the bootstrap: Envoy does not start`, { skip }, async () => {
    await assert.rejects(startEnvoy({ bootstrap: staticBootstrap(filter), concurrency: 1 }), /Wasm|Invalid path/);
    assertDocumented("at the start, in the bootstrap", "Envoy does not start", "none");
  });

  const ways: readonly (readonly [string, Delivery, Json | undefined])[] = [
    ["by LDS", "LDS", undefined],
    ["by ECDS", "ECDS", undefined],
    ["by ECDS with a default_config", "ECDS", passThrough],
  ];
  for (const [way, delivery, defaultConfig] of ways)
    test(`start: ${fault}, ${way}: what requests get, and that a good filter works afterwards`, { skip }, async () => {
      const options = { delivery, workers: 1, filter, ...(defaultConfig === undefined ? {} : { defaultConfig }) };
      const proxy = await FaultyProxy.start(options);
      try {
        const status = await statusOfRequest();
        assertDocumented(`at the start, ${way}`, status, await proxy.signs());
        assert.equal(await proxy.push({}), "taken");
        const { status: later, headers } = await send(ports.inbound, "/", { "x-request-priority": "bulk" });
        assert.equal(later, 200);
        assert.equal(headers["x-seen-level"], "", "the filter removes a level that is not on the ladder");
      } finally {
        await proxy.stop();
      }
    });
}
