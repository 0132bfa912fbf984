// Comparing objects with what they would become, on plain data: what is shown, and what never is.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { StoredObject } from "../../kube/dry-run.ts";
import { compare, type Pair } from "./compare.ts";
import { diffText } from "./text.ts";

const module = Buffer.from(Array.from({ length: 300 }, (_, index) => index % 251)).toString("base64");
const digest = "43f9b5d59eb10881";

function object(name: string, spec: unknown = {}, metadata: object = {}): StoredObject {
  const labels = { "app.kubernetes.io/managed-by": "expedite" };
  return {
    apiVersion: "networking.istio.io/v1alpha3",
    kind: "EnvoyFilter",
    metadata: { name, namespace: "shop", labels, ...metadata },
    spec,
  };
}

test("what only the API server decides is not a difference, nor is the order of fields", () => {
  const before = object("a", { b: 1, a: 2 }, { uid: "1", resourceVersion: "7", managedFields: [{}] });
  const after = object("a", { a: 2, b: 1 }, { uid: "1", resourceVersion: "8" });
  assert.deepEqual(compare([{ before, after: { ...after, status: { seen: true } } as StoredObject }]), []);
});

test("the last-applied annotation is not shown", () => {
  const annotations = { "kubectl.kubernetes.io/last-applied-configuration": module };
  const before = object("a", {}, { annotations });
  assert.deepEqual(compare([{ before, after: object("a") }]), []);
});

test("a label that someone removed and a field that someone changed are shown", () => {
  const before = object("a", { priority: 5 }, { labels: { team: "a" } });
  const [difference] = compare([{ before, after: object("a", { priority: 10 }) }]);
  assert.equal(difference?.change, "changed");
  assert.deepEqual(
    difference.lines.filter((line) => /^[-+]/.test(line)),
    ["-    team: a", "+    app.kubernetes.io/managed-by: expedite", "-  priority: 5", "+  priority: 10"],
  );
});

test("a module is shown by its digest and length, at any depth; its bytes never", () => {
  const patches = (inline_bytes: string) => ({ configPatches: [{ patch: { value: { local: { inline_bytes } } } }] });
  const [difference] = compare([{ after: object("a", patches(module)) }]);
  const text = difference!.lines.join("\n");
  assert.match(text, new RegExp(`inline_bytes: \\(300 bytes, sha256 ${digest}\\)`));
  assert.ok(!text.includes(module.slice(0, 20)));
  const [other] = compare([
    {
      before: object("a", patches(module)),
      after: object("a", patches(Buffer.from("other").toString("base64"))),
    },
  ]);
  assert.equal(other?.lines.filter((line) => /^[-+]/.test(line)).length, 2);
});

test("objects are shown by name, whether they are created, changed or removed", () => {
  const pairs: readonly Pair[] = [
    { after: object("new-routes") },
    { after: object("new-clusters") },
    { before: object("old-clusters") },
    { before: object("old-routes") },
    { after: object("new-filter") },
  ];
  assert.deepEqual(
    compare(pairs).map(({ name, change }) => `${name} ${change}`),
    ["new-clusters added", "new-filter added", "new-routes added", "old-clusters removed", "old-routes removed"],
  );
});

test("as text: the kind of change, /dev/null for a missing object, and colours only on a terminal", () => {
  const differences = compare([{ before: object("old") }]);
  const diff = { cluster: "test", isSame: false, differences, same: 0, warnings: [] };
  const [title, from, to, range] = diffText(diff, process.stdout).split("\n");
  assert.deepEqual(
    [title, from, to, range],
    ["# shop.EnvoyFilter.old: removed", "--- cluster/shop.EnvoyFilter.old", "+++ /dev/null", "@@ -1,8 +0,0 @@"],
  );
  assert.equal(diffText({ ...diff, differences: [] }, process.stdout), "");
});
