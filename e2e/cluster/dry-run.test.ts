// A real API server with Istio's own CRDs accepts every object that Expedite makes for random meshes. e2e/oracle asks istiod's webhook
// about the same objects.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { fileOf, files } from "../kubernetes/build/files.ts";
import { startCluster } from "../kubernetes/cluster.ts";
import { served } from "../kubernetes/ready.ts";
import type { Cluster } from "../kubernetes/running-cluster.ts";
import type { DryRun } from "../oracle/dry-run.ts";
import { randomMesh } from "../oracle/mesh/random-mesh.ts";
import { waitUntil } from "../process/wait.ts";
import { inCluster } from "./suite.ts";

const meshes = 500;
const program = join(import.meta.dirname, "../oracle/dry-run.ts");

/** Namespaces of the meshes, and the controller's. */
function namespaces(): readonly string[] {
  const seeds = Array.from({ length: meshes }, (_, index) => index + 1);
  const all = seeds.flatMap((seed) => randomMesh(seed).mesh.objects).filter(({ kind }) => kind === "Namespace");
  return [...new Set(all.map(({ metadata }) => metadata.name))];
}

describe("the API server's dry run", inCluster, () => {
  let cluster: Cluster;
  const dryRun = async (count: number): Promise<DryRun> => {
    const { code, stdout, stderr } = await cluster.run(["node", program, "--meshes", `${count}`]);
    assert.equal(code, 0, stderr);
    return JSON.parse(stdout) as DryRun;
  };

  before(async () => {
    cluster = await startCluster({ nodes: 0 });
    const apply = (text: string): Promise<string> => cluster.kubectl(["apply", "--server-side", "-f", "-"], text);
    await apply(readFileSync(fileOf(files.istio, "manifests/charts/base/files/crd-all.gen.yaml"), "utf8"));
    const items = namespaces().map((name) => ({ apiVersion: "v1", kind: "Namespace", metadata: { name } }));
    await apply(JSON.stringify({ apiVersion: "v1", kind: "List", items }));
    await served(cluster.kubectl, ["envoyfilters", "destinationrules"]);
  });
  after(() => cluster?.stop());

  test(`accepts what Expedite makes for ${meshes} random meshes, including names of the greatest length`, async (context) => {
    const { objects, distinct, refused } = await dryRun(meshes);
    assert.deepEqual(refused.slice(0, 5), [], `${refused.length} are refused, the first of them`);
    context.diagnostic(`${JSON.stringify(objects)}, ${distinct} of them distinct`);
    assert.deepEqual(Object.keys(objects).sort(), ["DestinationRule", "EnvoyFilter"]);
    assert.ok(distinct > 1000, `${distinct} distinct objects`);
    // It was only a dry run.
    assert.equal(await cluster.kubectl(["get", "envoyfilters,destinationrules", "-A", "-o", "name"]), "");
  });

  test("a refusal is noticed: a kind whose schema allows less", async () => {
    const path = "/spec/versions/0/schema/openAPIV3Schema/properties/spec/properties/priority/maximum";
    const patch = JSON.stringify([{ op: "add", path, value: 100 }]);
    await cluster.kubectl(["patch", "crd", "envoyfilters.networking.istio.io", "--type=json", "-p", patch]);
    await waitUntil({ what: "the API server refuses EnvoyFilters", seconds: 30 }, async () => {
      const { objects, refused } = await dryRun(5);
      assert.ok(refused.length > 5 && refused.length <= objects.EnvoyFilter!, `${refused.length} are refused`);
      assert.match(refused[0]!.reason, /spec\.priority: Invalid value/);
      return true;
    });
  });

  test("a refusal is noticed: a missing namespace", async () => {
    await cluster.kubectl(["delete", "namespace", "shop", "--wait=false"]);
    const { refused } = await dryRun(5);
    assert.ok(refused.some(({ object, reason }) => object.includes(" shop/") && /terminated|missing/.test(reason)));
  });
});
