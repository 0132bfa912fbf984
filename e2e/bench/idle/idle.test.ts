// Runs a short bench of an idle mesh: every variant's requests pass all listeners, and the program itself checks each response's route.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { missingWasmRuntime } from "../../envoy/wasm-runtime.ts";
import { quietly } from "../quiet.ts";
import { type IdleRow, idleRows } from "./tables.ts";

const skip = missingWasmRuntime();

test("idle: a few rounds measure every variant", { skip }, () => {
  const json = join(mkdtempSync(join(tmpdir(), "bench-")), "idle.json");
  const program = new URL("./main.ts", import.meta.url).pathname;
  const args = [program, "--rounds", "6", "--rate", "200", "--json", json];
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: "utf8", timeout: 600_000 });
  assert.equal(status, 0, stderr);
  const { rows } = JSON.parse(readFileSync(json, "utf8")) as { rows: readonly IdleRow[] };
  assert.deepEqual(
    rows.map(({ name }) => name),
    ["no-filter", "native", "empty", "lua", quietly("expedite-default"), "expedite-default", "expedite-demoted"],
  );
  for (const { name, p50, p90 } of rows) {
    assert.ok(p50 > 1 && p50 <= p90, `${name}: ${p50} µs, ${p90} µs`);
    assert.match(stdout, new RegExp(`^ *${name} `, "m"));
  }
});

test("idle: what a variant adds is the median of the differences within rounds", () => {
  const base = [100, 200, 300, 400, 500, 600, 700];
  const plus = (more: number): readonly number[] => base.map((value, round) => value + (round === 0 ? 1000 : more));
  const latencies = (more: number) =>
    new Map([
      ["no-filter", base],
      ["expedite-default", plus(more)],
    ]);
  assert.deepEqual(
    idleRows(latencies(20), latencies(40)).map(({ name, added: { value }, share }) => [name, value, share]),
    [
      ["no-filter", 0, 0],
      [quietly("expedite-default"), 20, 0.05],
      ["expedite-default", 40, 0.1],
    ],
  );
});
