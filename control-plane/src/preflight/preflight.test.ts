// The filter's own answer to what render/istio writes: it accepts every behaviour, gives a reason for a wrong configuration, and no VM
// remains.
import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { filterFile } from "../../test/envoy.ts";
import type { Manifest } from "../core/manifest.ts";
import { preflight } from "./preflight.ts";

const bytes = new Uint8Array(readFileSync(filterFile));
const goldens = globSync(join(import.meta.dirname, "../../testdata/*/istio/*.EnvoyFilter.expedite-filter*.json"));

/** An EnvoyFilter with one configuration, as render/istio nests it. */
function carrying(value: string): Manifest {
  const patch = { value: { typed_config: { config: { configuration: { value } } } } };
  return {
    ...{ apiVersion: "networking.istio.io/v1alpha3", kind: "EnvoyFilter" },
    metadata: { name: "expedite-filter", namespace: "shop", labels: {} },
    spec: { configPatches: [{ applyTo: "EXTENSION_CONFIG", patch }] },
  };
}

function configurationsOf(manifest: Manifest): readonly string[] {
  return [...JSON.stringify(manifest).matchAll(/"configuration":\{[^{}]*"value":"((?:[^"\\]|\\.)*)"/g)]
    .map(([, text = ""]) => JSON.parse(`"${text}"`) as string)
    .filter((text) => text.startsWith("{"));
}

const [some = ""] = goldens.flatMap((file) => configurationsOf(JSON.parse(readFileSync(file, "utf8"))));

test("the filter accepts the configuration of every behaviour", () => {
  const refuse = preflight(bytes);
  assert.ok(goldens.length > 5);
  for (const file of goldens) {
    const manifest = JSON.parse(readFileSync(file, "utf8")) as Manifest;
    assert.ok(configurationsOf(manifest).length > 0, file);
    assert.deepEqual(refuse(manifest), [], file);
  }
});

test("it refuses what it can't read, with a reason", () => {
  const refuse = preflight(bytes);
  assert.deepEqual(refuse(carrying(some)), []);
  for (const [from, to] of [
    ['"defaultLevel":"interactive"', '"defaultLevel":"none"'],
    ['"version":1', '"version":99'],
    ["{", "["],
  ] as const) {
    const wrong = some.replace(from, to);
    assert.notEqual(wrong, some);
    const reasons = refuse(carrying(wrong));
    assert.ok(reasons.length > 0 && reasons.every((reason) => reason.length > 0), wrong);
    assert.deepEqual(refuse(carrying(wrong)), reasons, "the second time, the result is cached");
  }
});

test("a module that is not a filter gives a reason, not a failure", () => {
  const empty = preflight(Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0));
  assert.match(empty(carrying(some)).join(), /^the module fails: /);
});

test("objects without a configuration pass", () => {
  const refuse = preflight(bytes);
  const metadata = { name: "x", namespace: "shop", labels: {} };
  assert.deepEqual(refuse({ apiVersion: "networking.istio.io/v1", kind: "DestinationRule", metadata, spec: {} }), []);
});

test("two thousand configurations leave no VM behind", () => {
  const refuse = preflight(bytes);
  const resident = (): number => process.memoryUsage().rss;
  const read = (index: number): void =>
    assert.deepEqual(refuse(carrying(some.replace('"x-request-priority"', `"x-priority-${index}"`))), []);
  for (let index = 0; index < 200; index++) read(index);
  const before = resident();
  const start = performance.now();
  for (let index = 200; index < 2000; index++) read(index);
  const millis = (performance.now() - start) / 1800;
  const grown = (resident() - before) / 1e6;
  console.log(`a configuration ${millis.toFixed(2)} ms, ${grown.toFixed(1)} MB more resident`);
  assert.ok(grown < 100, `${grown} MB`);
});
