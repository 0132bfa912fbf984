// The order of writes: at no time does an applied route name a cluster that is not applied, whatever the world was before.
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { Manifest } from "../core/manifest.ts";
import { managedBy, stepLabel } from "../core/manifest.ts";
import { digestOf, keyOf } from "./applied.ts";
import type { OwnedObject } from "./ports.ts";
import { stages } from "./steps.ts";

const object = (name: string, step: "clusters" | "routes", configPatches: readonly unknown[]): Manifest => ({
  apiVersion: "networking.istio.io/v1alpha3",
  kind: "EnvoyFilter",
  metadata: { name, namespace: "shop", labels: { ...managedBy, [stepLabel]: step } },
  spec: { configPatches },
});

/** As render/istio writes them, without what does not matter here. */
function meshOf(hosts: readonly string[]): readonly Manifest[] {
  if (hosts.length === 0) return [];
  const added = hosts.map((host) => ({
    applyTo: "CLUSTER",
    patch: { operation: "ADD", value: { name: `expedite|batch|80|${host}` } },
  }));
  const chosen = hosts.map((host) => ({
    applyTo: "HTTP_ROUTE",
    patch: { value: { action: { cluster: `expedite|batch|80|${host}` } } },
  }));
  return [object("expedite-clusters", "clusters", added), object("expedite-routes", "routes", chosen)];
}

const namesIn = (manifest: Manifest): string[] =>
  [...JSON.stringify(manifest.spec).matchAll(/"(expedite\|[^"]+)"/g)].map(([, name = ""]) => name);

function ownedOf(manifest: Manifest): OwnedObject {
  const step = manifest.metadata.labels[stepLabel] as "clusters" | "routes";
  return { ref: manifest, step, content: digestOf(manifest), clusters: step === "clusters" ? namesIn(manifest) : [] };
}

const isCurrent = (manifest: Manifest, there: OwnedObject | undefined): boolean =>
  there?.content === digestOf(manifest);

/** Every state on the way, in a world that starts as `before`. */
function walk(
  before: readonly Manifest[],
  wanted: readonly Manifest[],
  visit: (state: readonly Manifest[]) => void,
): readonly Manifest[] {
  const state = new Map(before.map((manifest) => [keyOf(manifest), manifest]));
  for (const { writes } of stages(before.map(ownedOf), wanted, isCurrent)) {
    for (const write of writes) {
      if ("apply" in write) state.set(keyOf(write.apply), write.apply);
      else state.delete(keyOf(write.remove));
      visit([...state.values()]);
    }
  }
  return [...state.values()];
}

const hosts = fc.uniqueArray(fc.constantFrom("a", "b", "c", "d"), { maxLength: 4 });

test("routes never name a cluster that is not there, and in the end all is as wanted", () => {
  fc.assert(
    fc.property(hosts, hosts, (earlier, later) => {
      const wanted = meshOf(later);
      const end = walk(meshOf(earlier), wanted, (state) => {
        const there = state.filter(({ metadata }) => metadata.name === "expedite-clusters").flatMap(namesIn);
        for (const route of state.filter(({ metadata }) => metadata.name === "expedite-routes"))
          for (const name of namesIn(route))
            assert.ok(there.includes(name), `${name} is not there: ${earlier} → ${later}`);
      });
      assert.deepEqual(end.map(digestOf).sort(), wanted.map(digestOf).sort());
    }),
  );
});

test("nothing is written where nothing differs", () => {
  assert.deepEqual(stages(meshOf(["a"]).map(ownedOf), meshOf(["a"]), isCurrent), []);
});

test("the way out begins with the routes", () => {
  const names = stages(meshOf(["a"]).map(ownedOf), [], isCurrent).map(({ writes }) =>
    writes.map((write) => ("remove" in write ? write.remove.metadata.name : "")),
  );
  assert.deepEqual(names, [["expedite-routes"], ["expedite-clusters"]]);
});

test("routes that somebody deleted come back alone", () => {
  const [clusters, routes] = meshOf(["a"]);
  const found = stages([ownedOf(clusters!)], [clusters!, routes!], isCurrent);
  assert.deepEqual(
    found.map(({ writes }) => writes.map((write) => ("apply" in write ? write.apply.metadata.name : ""))),
    [["expedite-routes"]],
  );
});
