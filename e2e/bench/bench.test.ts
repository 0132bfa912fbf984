// Runs a short bench: it measures every variant, checks that each did its work, and writes the JSON that --json promises.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { missingWasmRuntime } from "../envoy/wasm-runtime.ts";
import { quietly } from "./quiet.ts";
import type { Results } from "./results.ts";
import { dependsOnDemotions, variantNames } from "./variants.ts";

const skip = missingWasmRuntime();
const program = new URL("./bench.ts", import.meta.url).pathname;
const bench = (...args: readonly string[]) =>
  spawnSync(process.execPath, [program, ...args], { encoding: "utf8", timeout: 900_000 });

test("bench: two short rounds measure every variant and write its cost", { skip }, () => {
  const json = join(mkdtempSync(join(tmpdir(), "bench-")), "bench.json");
  const args = ["--rounds", "2", "--seconds", "0.1", "--parts", "variants", "--json", json];
  const { status, stdout, stderr } = bench(...args);
  assert.equal(status, 0, stderr);
  const { machine, variants } = JSON.parse(readFileSync(json, "utf8")) as Results;
  assert.ok(machine.cores >= 1 && /^\d+\./.test(machine.kernel));
  assert.equal(machine.envoy, process.env.EXPEDITE_ENVOY_VERSION);
  assert.deepEqual(
    variants.map(({ name }) => name).sort(),
    [...variantNames, ...variantNames.filter(dependsOnDemotions).map(quietly)].sort(),
  );
  for (const { name, rounds, cpuMicros, p50, p99, rps } of variants) {
    assert.equal(rounds, 2);
    // An Envoy that seems to answer in less than a microsecond, or in more than a second, was not measured properly.
    assert.ok(cpuMicros > 1 && cpuMicros < 1e6, `${name}: ${cpuMicros} µs`);
    assert.ok(p50 > 1 && p50 <= p99, `${name}: ${p50} µs, ${p99} µs`);
    assert.ok(rps > 0, `${name}: ${rps} requests per second`);
    assert.match(stdout, new RegExp(`^ *${name} `, "m"));
  }
});
