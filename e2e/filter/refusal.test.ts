// A bad configuration in real Envoy: it is refused with the filter's own message, and so is the listener.
import assert from "node:assert/strict";
import { test } from "node:test";
import { answerByLevel, bootstrap, filterText, ladder } from "../envoy/bootstrap.ts";
import { startEnvoy } from "../envoy/envoy.ts";
import { missingWasmRuntime } from "../envoy/wasm-runtime.ts";

const skip = missingWasmRuntime();

async function refusalOf(filter: string): Promise<string> {
  const listener = { name: "gateway", port: 18000, filter, routes: answerByLevel(ladder.levels) };
  try {
    const envoy = await startEnvoy({ bootstrap: bootstrap([listener]), concurrency: 1 });
    await envoy.stop();
    return "";
  } catch (error) {
    return String(error);
  }
}

test("refusal: the log names the field, the value and what is allowed, and Envoy rejects the listener", {
  skip,
}, async () => {
  const rule = { name: "exports", match: {}, level: "bulk" };
  const log = await refusalOf(filterText({ role: "gateway", rules: [rule] }));
  assert.match(
    log,
    /expedite: configuration refused: rules\[0\]\.level: "bulk" is not one of levels: interactive, standard, batch/,
  );
  assert.match(log, /Unable to create Wasm|Failed to|configuration failed/i);
});

test("refusal: text that is not JSON", { skip }, async () => {
  assert.match(await refusalOf("{"), /expedite: configuration refused: is not JSON/);
});
