// Two meshes in one cluster, each with an istiod, a root namespace and a trust domain of its own, and one Expedite: that nothing divides their
// namespaces is reported, and once something does, the second mesh stays as it was.
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
import {
  type Condition,
  conditions,
  controllerLog,
  exportsPolicy,
  type ObjectName,
  startController,
  waitForCondition,
} from "./controller.ts";
import { ladder, policy } from "./policies.ts";
import { sharedMesh } from "./shared-mesh.ts";
import { inCluster } from "./suite.ts";

const manifest = readFileSync(join(import.meta.dirname, "manifests/second-mesh.yaml"), "utf8");
const labels = { mesh: "second" };
const second = {
  ...{ namespace: "istio-second", revision: "second" },
  meshConfig: { trustDomain: "second.example", discoverySelectors: [{ matchLabels: labels }] },
};
const inTools: ObjectName = { ...exportsPolicy, namespace: "tools" };

describe("two meshes in one cluster", inCluster, () => {
  let removeMesh = async (): Promise<void> => {};
  let unite = async (): Promise<void> => {};
  // Before the shared mesh's own, which may stop it.
  after(async () => {
    await kubectl(["delete", "namespace", "tools", second.namespace, "--ignore-not-found"]);
    await removeMesh();
    await unite();
  });
  const mesh = sharedMesh();
  const kubectl: Kubectl = (args, input) => mesh().kubectl(args, input);
  const apply = (text: string): Promise<string> => applyObjects(kubectl, text);

  /** The first mesh leaves the second one's namespaces out, until `unite`. */
  async function divide(): Promise<void> {
    const configMap = ["-n", "istio-system", "get", "configmap", "istio", "-o", "jsonpath={.data.mesh}"];
    const before = await kubectl(configMap);
    const write = async (text: string): Promise<void> => {
      const patch = JSON.stringify({ data: { mesh: text } });
      await kubectl(["-n", "istio-system", "patch", "configmap", "istio", "--type=merge", "--patch", patch]);
    };
    unite = () => write(before);
    const others = { matchExpressions: [{ key: "mesh", operator: "NotIn", values: [labels.mesh] }] };
    await write(`${before}\ndiscoverySelectors: ${JSON.stringify([others])}\n`);
  }

  const ladderSays = (what: string, isSo: (programmed: Condition) => boolean): Promise<void> =>
    waitUntil({ what: `the ladder ${what}`, seconds: 120, detail: () => controllerLog(kubectl) }, async () => {
      const all = await conditions(kubectl, { kind: "ladder", name: "default" });
      const programmed = all.find(({ type }) => type === "Programmed");
      assert.ok(programmed?.status === "True" && isSo(programmed), JSON.stringify(all));
      return true;
    });

  before(async () => {
    const metadata = { name: second.namespace, labels };
    await apply(JSON.stringify({ apiVersion: "v1", kind: "Namespace", metadata }));
    [removeMesh] = await Promise.all([startMesh(kubectl, second), startController(kubectl)]);
  });

  test("a second istiod in a namespace that the first one discovers is reported on the ladder, and policies are in force", async () => {
    await apply(ladder("Enforce"));
    await apply(policy("/export"));
    await ladderSays(
      "reports the second mesh",
      ({ reason, message }) => reason === "SeveralMeshes" && message.includes("istiod also runs in istio-second:"),
    );
    await waitForCondition(kubectl, exportsPolicy, { type: "Programmed", status: "True", seconds: 90 });
  });

  test("once discoverySelectors divide the namespaces, the second mesh's policies are refused and its proxies stay as they were", async () => {
    await divide();
    // The controller asks for the mesh config every 30 seconds.
    await Promise.all([
      ladderSays("no longer reports it", ({ message }) => !message.includes("SeveralMeshes")),
      apply(manifest).then(() => available(kubectl, "tools", "store")),
    ]);
    const untouched = await settledConfigurations(kubectl, ["tools"]);
    await apply(policy("/export", "tools"));
    await apply(policy("/later"));
    await waitForCondition(kubectl, inTools, { type: "Accepted", status: "False", seconds: 90 });
    const refused = (await conditions(kubectl, inTools)).find(({ type }) => type === "Accepted");
    assert.equal(refused?.reason, "NotDiscovered");
    assert.match(refused?.message ?? "", /istiod in istio-system/);
    await waitUntil({ what: "the first mesh follows its policy", seconds: 60 }, async () => {
      assert.equal(levelsOf(await visit(kubectl, "/later")).frontend, "batch");
      return true;
    });
    assert.equal(await kubectl(["-n", "tools", "get", "envoyfilters,destinationrules", "-o", "name"]), "");
    assert.deepEqual(await configurations(kubectl, ["tools"]), untouched);
    const request = ["/program", "get", "http://store.tools:9080/export/all"];
    const own = await kubectl(["-n", "tools", "exec", "deployment/store", "-c", "app", "--", ...request]);
    assert.equal(levelsOf(JSON.parse(own)).store, "");
  });
});
