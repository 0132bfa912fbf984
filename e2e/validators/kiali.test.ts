// Kiali has nothing to say about what Expedite writes, and says one thing more about what users wrote: KIA0201, where their rule for a host
// has no subsets. docs/operations/validators.md tells users so.
import assert from "node:assert/strict";
import { test } from "node:test";
import { isIgnored, kialiFindings } from "./kiali.ts";
import { goldenMeshes, type MeshObject, nameOf } from "./mesh-files.ts";

const meshes = goldenMeshes();

for (const { name, users, ours } of meshes)
  test(`${name}: nothing is said about our objects`, () => {
    const all = [...users, ...ours];
    const own = new Map(ours.map((object) => [nameOf(object), object]));
    const before = new Set(kialiFindings(users).map(({ code, on }) => `${code} ${on}`));
    for (const finding of kialiFindings(all)) {
      const object = own.get(finding.on);
      if (object !== undefined) assert.ok(isIgnored(finding, object), `${finding.code} ${finding.on}`);
      else if (!before.has(`${finding.code} ${finding.on}`)) assert.equal(finding.code, "KIA0201", finding.on);
    }
  });

test("the meshes contain what the rules are about", () => {
  const codes = new Set(
    meshes.flatMap(({ users, ours }) => kialiFindings([...users, ...ours]).map(({ code }) => code)),
  );
  assert.ok(codes.has("KIA0209") && codes.has("KIA0201"), [...codes].join());
});

const rule = (name: string, spec: object): MeshObject => ({
  ...{ apiVersion: "networking.istio.io/v1", kind: "DestinationRule", metadata: { name, namespace: "shop" }, spec },
});
const service: MeshObject = { apiVersion: "v1", kind: "Service", metadata: { name: "a", namespace: "shop" }, spec: {} };
const levels = rule("expedite-a", { host: "a.shop.svc.cluster.local", subsets: [{ name: "expedite-batch" }] });
const labelled = { host: "a", subsets: [{ name: "v1", labels: { version: "v1" } }] };

test("each of the rules finds what it should", () => {
  const of = (...rules: readonly MeshObject[]): readonly string[] =>
    kialiFindings([service, ...rules]).map(({ code, on }) => `${code} ${on.split("/")[1]}`);
  assert.deepEqual(of(rule("a", labelled)), []);
  assert.deepEqual(of(rule("a", { host: "b" })), ["KIA0202 a"]);
  assert.deepEqual(of(rule("a", labelled), levels), ["KIA0209 expedite-a"]);
  assert.deepEqual(of(rule("a", { host: "a" }), levels), ["KIA0201 a", "KIA0201 expedite-a", "KIA0209 expedite-a"]);
  const mutual = rule("all", { host: "*.local", trafficPolicy: { tls: { mode: "ISTIO_MUTUAL" } } });
  assert.deepEqual(of(levels, mutual), ["KIA0204 expedite-a", "KIA0209 expedite-a"]);
});
