// Reports why the Envoy under test cannot run the filter, for a test's `skip`: some builds have no V8.
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { answerByLevel, bootstrap, filterText, ladder } from "./bootstrap.ts";
import { envoyBinary } from "./envoy.ts";

/** False if Envoy runs WebAssembly. @throws when Envoy refuses the smallest configuration for another reason */
export function missingWasmRuntime(): string | false {
  const folder = mkdtempSync(join(tmpdir(), "wasm-runtime-"));
  const file = join(folder, "envoy.json");
  const listener = {
    name: "a",
    port: 1,
    filter: filterText({ role: "gateway" }),
    routes: answerByLevel(ladder.levels),
  };
  writeFileSync(file, JSON.stringify(bootstrap([listener])));
  const { status, stderr } = spawnSync(envoyBinary(), ["--mode", "validate", "-c", file, "-l", "warning"], {
    encoding: "utf8",
  });
  rmSync(folder, { recursive: true, force: true });
  if (status === 0) return false;
  if (stderr.includes("compiled without support"))
    return `this Envoy (${process.env.EXPEDITE_ENVOY_VERSION}) was built without envoy.wasm.runtime.v8`;
  throw new Error(`Envoy refuses the filter:\n${stderr}`);
}
