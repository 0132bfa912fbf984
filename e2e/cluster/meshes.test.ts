// Two meshes in one cluster, each with an istiod, a root namespace and a trust domain of its own, and one Expedite: what does not divide their
// namespaces is reported, and the second mesh stays as it was.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { applyObjects } from "../kubernetes/apply.ts";
import type { Kubectl } from "../kubernetes/control-plane.ts";
import { startMesh } from "../kubernetes/istio.ts";
import { available } from "../kubernetes/ready.ts";
import { waitUntil } from "../process/wait.ts";
import { levelsOf, visit } from "./bookinfo.ts";
import { configurations, settledConfigurations } from "./config-dump.ts";
import { conditions, exportsPolicy, type ObjectName, startController, waitForCondition } from "./controller.ts";
import { ladder, policy } from "./policies.ts";
import { sharedMesh } from "./shared-mesh.ts";
import { inCluster } from "./suite.ts";

const manifest = readFileSync(join(import.meta.dirname, "manifests/second-mesh.yaml"), "utf8");
const root = "istio-second";
const ladderName: ObjectName = { kind: "ladder", name: "default" };
const inTools: ObjectName = { ...exportsPolicy, namespace: "tools" };

describe("two meshes in one cluster", inCluster, () => {
  let meshConfig = "";
  let removeMesh = async (): Promise<void> => {};
  // Before the shared mesh's own, which may stop it.
  after(async () => {
    await writeMeshConfig(meshConfig);
    await kubectl(["delete", "namespace", "tools", "--ignore-not-found"]);
    await removeMesh();
    await kubectl(["delete", "namespace", root, "--ignore-not-found"]);
  });
  const mesh = sharedMesh();
  const kubectl: Kubectl = (args, input) => mesh().kubectl(args, input);
  const apply = (text: string): Promise<string> => applyObjects(kubectl, text);

  /** Of the first mesh. */
  async function writeMeshConfig(text: string): Promise<void> {
    const patch = JSON.stringify({ data: { mesh: text } });
    await kubectl(["-n", "istio-system", "patch", "configmap", "istio", "--type=merge", "--patch", patch]);
  }
  const reportsMeshes = (isExpected: boolean): Promise<void> =>
    waitUntil(
      { what: `the ladder ${isExpected ? "reports" : "no longer reports"} the other mesh`, seconds: 120 },
      async () => {
        const found = (await conditions(kubectl, ladderName)).find(({ type }) => type === "Programmed");
        assert.equal(found?.message.includes(`SeveralMeshes: istiod also runs in ${root}`), isExpected, found?.message);
        return true;
      },
    );

  before(async () => {
    const path = "jsonpath={.data.mesh}";
    meshConfig = await kubectl(["-n", "istio-system", "get", "configmap", "istio", "-o", path]);
    await startController(kubectl);
    await kubectl(["create", "namespace", root]);
    await kubectl(["label", "namespace", root, "mesh=second"]);
    const discoverySelectors = [{ matchLabels: { mesh: "second" } }];
    const own = { trustDomain: "second.example", discoverySelectors };
    removeMesh = await startMesh(kubectl, { namespace: root, revision: "second", meshConfig: own });
  });

  test("a second istiod that the first one's mesh contains is reported on the ladder", async () => {
    await apply(ladder("Enforce"));
    await apply(policy("/export"));
    await waitForCondition(kubectl, exportsPolicy, { type: "Programmed", status: "True", seconds: 90 });
    await reportsMeshes(true);
  });

  test("once discoverySelectors divide the namespaces, the second mesh's policies are refused and its proxies stay as they were", async () => {
    await writeMeshConfig(
      `${meshConfig}\ndiscoverySelectors:\n- matchExpressions:\n  - {key: mesh, operator: NotIn, values: [second]}\n`,
    );
    await reportsMeshes(false);
    await apply(manifest);
    await available(kubectl, "tools", "store");
    const untouched = await settledConfigurations(kubectl, ["tools"]);
    await apply(policy("/export", "tools"));
    await waitForCondition(kubectl, inTools, { type: "Accepted", status: "False", seconds: 90 });
    const refused = (await conditions(kubectl, inTools)).find(({ type }) => type === "Accepted");
    assert.equal(refused?.reason, "NotDiscovered");
    assert.match(refused?.message ?? "", /istiod in istio-system/);
    await apply(policy("/later"));
    await waitUntil({ what: "the first mesh follows its policy", seconds: 60 }, async () => {
      assert.equal(levelsOf(await visit(kubectl, "/later")).frontend, "batch");
      return true;
    });
    const written = await kubectl(["-n", "tools", "get", "envoyfilters,destinationrules", "-o", "name"]);
    assert.equal(written, "");
    assert.deepEqual(await configurations(kubectl, ["tools"]), untouched);
    const request = ["/program", "get", "http://store.tools:9080/export/all"];
    const own = await kubectl(["-n", "tools", "exec", "deployment/store", "-c", "app", "--", ...request]);
    assert.equal(levelsOf(JSON.parse(own)).store, "");
  });
});
