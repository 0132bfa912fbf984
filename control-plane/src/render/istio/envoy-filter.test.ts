// A list of patches that is too large for one object is split below the limit, nothing is lost, and each patch stays in its object.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Manifest } from "../../core/manifest.ts";
import { type ConfigPatch, configPatch, envoyFilters } from "./envoy-filter.ts";

const patchOf = (index: number, filler = "x"): ConfigPatch =>
  configPatch({
    ...{ applyTo: "CLUSTER", context: "SIDECAR_OUTBOUND", operation: "ADD" },
    value: { name: `cluster-${index}`, filler: filler.repeat(500) },
  });
const patchesOf = (count: number): readonly ConfigPatch[] =>
  Array.from({ length: count }, (_, index) => patchOf(index));
const split = (patches: readonly ConfigPatch[]): readonly Manifest[] =>
  envoyFilters("expedite-clusters", { namespace: "shop", priority: 10 }, patches);
const namesIn = ({ spec }: Manifest): readonly string[] =>
  (spec as { configPatches: { patch: { value: { name: string } } }[] }).configPatches.map(
    ({ patch }) => patch.value.name,
  );

/** For each cluster, the object that adds it. */
const placesOf = (objects: readonly Manifest[]): ReadonlyMap<string, string> =>
  new Map(objects.flatMap((object) => namesIn(object).map((name) => [name, object.metadata.name] as const)));

test("few patches make one object, and no patches make none", () => {
  assert.deepEqual(
    split(patchesOf(10)).map(({ metadata }) => metadata.name),
    ["expedite-clusters"],
  );
  assert.deepEqual(split([]), []);
});

test("many patches are split below the limit, each in one object", () => {
  const patches = patchesOf(5000);
  const objects = split(patches);
  for (const object of objects) assert.ok(JSON.stringify(object).length < 1_000_000);
  assert.deepEqual(objects.flatMap(namesIn).sort(), patches.map((_, index) => `cluster-${index}`).sort());
  assert.equal(new Set(objects.map(({ metadata }) => metadata.name)).size, objects.length);
});

test("adding, removing or changing a patch moves no other patch", () => {
  const before = placesOf(split(patchesOf(2000)));
  const after = placesOf(
    split([
      ...patchesOf(2010).slice(5, 1000),
      ...patchesOf(2010)
        .map((_, index) => patchOf(index, "y"))
        .slice(1000),
    ]),
  );
  assert.ok(new Set(before.values()).size > 1);
  for (const [name, object] of after) if (before.has(name)) assert.equal(object, before.get(name), name);
});
