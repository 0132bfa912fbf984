// `istioctl analyze` says nothing about what Expedite writes, and no more about what users wrote than without Expedite.
import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { analyze, type Message, withoutIstioctl } from "./istioctl.ts";
import { goldenMeshes, type MeshObject, nameOf } from "./mesh-files.ts";

const text = ({ code, origin }: Message): string => `${code} ${origin}`;
const meshes = goldenMeshes();
const withoutAnnotations = ({ metadata: { annotations: _, ...metadata }, ...object }: MeshObject): MeshObject => ({
  ...object,
  metadata,
});

suite("istioctl analyze", { skip: withoutIstioctl }, () => {
  for (const { name, users, ours } of meshes)
    test(`${name}: no more is said with our objects`, async () => {
      const before = (await analyze(users)).map(text);
      const added = (await analyze([...users, ...ours])).filter((message) => !before.includes(text(message)));
      assert.deepEqual(added, []);
    });

  test("without the annotations it says what they suppress, and nothing else", async () => {
    const codes = new Set<string>();
    for (const { users, ours } of meshes) {
      const own = ours.map(nameOf);
      for (const { code, origin } of await analyze([...users, ...ours.map(withoutAnnotations)]))
        if (own.some((object) => origin === object)) codes.add(code);
    }
    const [
      {
        ours: [one],
      } = { ours: [] },
    ] = meshes;
    assert.deepEqual([...codes].sort(), one!.metadata.annotations!["galley.istio.io/analyze-suppress"]!.split(","));
  });
});
