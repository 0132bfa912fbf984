// The order of writes, whatever is stored, wanted and had: no stored route ever names a cluster that is not stored, and it ends where it should.
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { type Manifest, managedBy, stepLabel } from "../core/manifest.ts";
import { contentOf, keyOf } from "./content.ts";
import { type NamespaceState, next, type Write } from "./next.ts";
import type { OwnedObject } from "./ports.ts";
import { reduced } from "./reduced.ts";

const object = (name: string, step: "filter" | "clusters" | "routes", configPatches: readonly unknown[]): Manifest => ({
  apiVersion: "networking.istio.io/v1alpha3",
  kind: "EnvoyFilter",
  metadata: { name, namespace: "shop", labels: { ...managedBy, [stepLabel]: step } },
  spec: { configPatches },
});
const added = (host: string) => ({
  applyTo: "CLUSTER",
  patch: { operation: "ADD", value: { name: `expedite|batch|80|${host}` } },
});
const chosen = (host: string) => ({
  applyTo: "HTTP_ROUTE",
  patch: { operation: "MERGE", value: { action: { cluster: `expedite|batch|80|${host}` } } },
});

/** In as many objects of clusters as a large mesh might need. */
function meshOf(hosts: readonly string[], split: boolean): readonly Manifest[] {
  if (hosts.length === 0) return [];
  const half = split ? hosts.filter((host) => host < "c") : hosts;
  const rest = hosts.filter((host) => !half.includes(host));
  return [
    object("expedite-filter", "filter", [{ applyTo: "HTTP_FILTER", hosts: hosts.length }]),
    ...(half.length > 0 ? [object("expedite-clusters", "clusters", half.map(added))] : []),
    ...(rest.length > 0 ? [object("expedite-clusters-2", "clusters", rest.map(added))] : []),
    object("expedite-routes", "routes", hosts.map(chosen)),
  ];
}

const described = (manifest: Manifest): OwnedObject => ({ ref: manifest, content: contentOf(manifest) });
const byKey = (manifests: readonly Manifest[]) => new Map(manifests.map((one) => [keyOf(one), one]));

function stateOf(
  stored: ReadonlyMap<string, Manifest>,
  wanted: ReadonlyMap<string, Manifest>,
  more: Partial<NamespaceState> = {},
): NamespaceState {
  const describe = (objects: ReadonlyMap<string, Manifest>) =>
    new Map([...objects].map(([key, manifest]) => [key, described(manifest)]));
  const there = describe(stored);
  const asked = describe(wanted);
  return {
    ...{ stored: there, wanted: asked, isHeld: () => false, isOverdue: false, ask: () => "yes" },
    isCurrent: (key) => there.get(key)?.content.digest === asked.get(key)?.content.digest,
    ...more,
  };
}

function write(stored: Map<string, Manifest>, wanted: ReadonlyMap<string, Manifest>, one: Write): void {
  const manifest = "apply" in one ? wanted.get(one.apply)! : undefined;
  const kept =
    manifest !== undefined && "only" in one && one.only !== undefined ? reduced(manifest, one.only) : manifest;
  if (kept === undefined) stored.delete("apply" in one ? one.apply : one.key);
  else stored.set(keyOf(kept), kept);
}

function assertOrdered(stored: ReadonlyMap<string, Manifest>): void {
  const contents = [...stored.values()].map(contentOf);
  const adds = contents.flatMap((content) => content.adds);
  for (const name of contents.flatMap(({ names }) => names)) assert.ok(adds.includes(name), `${name} is not stored`);
}

const hosts = fc.uniqueArray(fc.constantFrom("a", "b", "c", "d"), { maxLength: 4 }).map((found) => found.sort());

test("in any order within a batch, with writes that are refused, and proxies that have all", () => {
  const walk = fc.tuple(hosts, fc.boolean(), hosts, fc.boolean(), fc.infiniteStream(fc.nat(5)));
  fc.assert(
    fc.property(walk, ([before, wasSplit, after, isSplit, chance]) => {
      const stored = byKey(meshOf(before, wasSplit));
      const wanted = byKey(meshOf(after, isSplit));
      for (let round = 0; ; round++) {
        const { writes, waits } = next(stateOf(stored, wanted));
        if (writes.length === 0) {
          assert.deepEqual(waits, []);
          break;
        }
        assert.ok(round < 60, "it comes to an end");
        const order = writes.toSorted(() => (chance.next().value! % 2) - 0.5);
        // One in six is refused.
        for (const one of order) {
          if (chance.next().value === 0) continue;
          write(stored, wanted, one);
          assertOrdered(stored);
        }
      }
      assert.deepEqual(
        [...stored.values()].map((one) => contentOf(one).digest).sort(),
        [...wanted.values()].map((one) => contentOf(one).digest).sort(),
      );
    }),
    { numRuns: 2_000 },
  );
});

const names = (writes: readonly Write[]): readonly string[] =>
  writes.map((one) => ("apply" in one ? `+${one.apply.split("/")[1]}` : `-${one.key.split("/")[1]}`));

test("routes wait for proxies that are silent until patience ends, and for those that refuse without an end", () => {
  const wanted = byKey(meshOf(["a"], false));
  const stored = byKey(meshOf(["a"], false).slice(0, 2));
  for (const [answer, isOverdue, count] of [
    ["pending", false, 0],
    ["pending", true, 1],
    ["refused", true, 0],
    ["yes", false, 1],
  ] as const) {
    const { writes, waits } = next(stateOf(stored, wanted, { ask: () => answer, isOverdue }));
    assert.deepEqual([writes.length, waits.map(({ until }) => until)], [count, count === 0 ? ["have"] : []]);
  }
});

test("what names no cluster is written at once, and what is held is neither written nor removed", () => {
  const wanted = byKey(meshOf(["a"], false));
  const pending = { ask: () => "pending" as const };
  const first = next(stateOf(new Map(), wanted, pending));
  assert.deepEqual(names(first.writes), ["+expedite-filter", "+expedite-clusters"]);
  const held = { isHeld: (key: string) => key.endsWith("expedite-filter") };
  assert.deepEqual(names(next(stateOf(new Map(), wanted, held)).writes), ["+expedite-clusters"]);
  assert.deepEqual(next(stateOf(byKey([meshOf(["a"], false)[0]!]), new Map(), held)).writes, []);
});
