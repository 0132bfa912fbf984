// Two revisions of Istio in one mesh, as during an upgrade, with one controller: policies are for the proxies of both, a policy is Programmed only if
// those of each revision have it, and mesh configs that differ are reported.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { applyObjects } from "../kubernetes/apply.ts";
import type { Kubectl } from "../kubernetes/control-plane.ts";
import { startRevision } from "../kubernetes/istio.ts";
import { available, podsGone } from "../kubernetes/ready.ts";
import { waitUntil } from "../process/wait.ts";
import { frontend, levelsOf, type Visit } from "./bookinfo.ts";
import { conditions, controllerLog, exportsPolicy, startController, waitForCondition } from "./controller.ts";
import { ladder, policy } from "./policies.ts";
import { sharedMesh } from "./shared-mesh.ts";
import { inCluster } from "./suite.ts";

const manifest = readFileSync(join(import.meta.dirname, "manifests/revision.yaml"), "utf8");
const store = "http://store.upgraded:9080";
const upgradedPolicy = { ...exportsPolicy, namespace: "upgraded" };

describe("two revisions of Istio", inCluster, () => {
  let removeRevision = async (): Promise<void> => {};
  // Before the shared mesh's own, which may stop it.
  after(async () => {
    await kubectl(["delete", "namespace", "upgraded", "--ignore-not-found"]);
    await removeRevision();
  });
  const mesh = sharedMesh();
  const kubectl: Kubectl = (args, input) => mesh().kubectl(args, input);
  const apply = (text: string): Promise<string> => applyObjects(kubectl, text);

  /** From a pod whose sidecar is of the default revision. */
  const get = async (url: string): Promise<Visit> =>
    JSON.parse(
      await kubectl(["-n", "jobs", "exec", "deployment/caller-n1", "-c", "app", "--", "/program", "get", url]),
    );
  const levelAt = (url: string, service: string, level: string): Promise<void> =>
    waitUntil({ what: `${url} has level "${level}"`, seconds: 60 }, async () => {
      assert.equal(levelsOf(await get(url))[service], level);
      return true;
    });
  const programmed = () =>
    waitForCondition(kubectl, upgradedPolicy, { type: "Programmed", status: "True", seconds: 90 });
  const istiodNext = async (replicas: number): Promise<void> => {
    await kubectl(["-n", "istio-system", "scale", "deployment/istiod-next", `--replicas=${replicas}`]);
    if (replicas > 0) await available(kubectl, "istio-system", "istiod-next");
    else await podsGone(kubectl, "istio-system", ["-l", "app=istiod,istio.io/rev=next"]);
  };

  /** Of the current generation of the policy. */
  async function currentReason(): Promise<string> {
    const text = await kubectl(["-n", "upgraded", "get", "prio", "exports", "-o", "json"]);
    const { metadata, status } = JSON.parse(text);
    const found = (status?.conditions ?? []).find(
      (one: { readonly type: string; readonly observedGeneration: number }) =>
        one.type === "Programmed" && one.observedGeneration === metadata.generation,
    );
    return found === undefined ? "" : `${found.reason}: ${found.message}`;
  }

  before(async () => {
    await startController(kubectl);
    removeRevision = await startRevision(kubectl, "next");
    await apply(manifest);
    await available(kubectl, "upgraded", "store");
  });

  test("the proxies of both have their policy, and a request is classified in each", async () => {
    const path = String.raw`jsonpath={.items[*].metadata.annotations.istio\.io/rev}`;
    assert.equal(await kubectl(["-n", "upgraded", "get", "pods", "-o", path]), "next");
    await apply(ladder("Enforce"));
    await apply(policy("/export"));
    await apply(policy("/export", "upgraded"));
    await waitForCondition(kubectl, exportsPolicy, { type: "Programmed", status: "True", seconds: 90 });
    await programmed();
    assert.match(await currentReason(), /1 of 1 proxies programmed/);
    await levelAt(`${store}/export/all`, "store", "batch");
    await levelAt(`${frontend}/export/all`, "frontend", "batch");
  });

  test("while a revision's istiod is away, its proxies are awaited, and those of the other one follow", async () => {
    await istiodNext(0);
    await apply(policy("/later", "upgraded"));
    await apply(policy("/later"));
    await levelAt(`${frontend}/later`, "frontend", "batch");
    const detail = () => controllerLog(kubectl);
    await waitUntil({ what: "the policy waits for its proxy", seconds: 60, detail }, async () => {
      assert.match(await currentReason(), /^Pending: 0 of 1 proxies programmed; 1 pending: upgraded\/store-/);
      return true;
    });
    // The last configuration stays in force.
    await levelAt(`${store}/export/all`, "store", "batch");
    await istiodNext(1);
    await programmed();
    await levelAt(`${store}/later`, "store", "batch");
  });

  test("mesh configs that differ are reported on the ladder, and nothing else changes", async () => {
    const config = await kubectl([
      "-n",
      "istio-system",
      "get",
      "configmap",
      "istio-next",
      "-o",
      "jsonpath={.data.mesh}",
    ]);
    const write = (text: string) => {
      const patch = JSON.stringify({ data: { mesh: text } });
      return kubectl(["-n", "istio-system", "patch", "configmap", "istio-next", "--type=merge", "--patch", patch]);
    };
    const said = (isThere: boolean): Promise<void> =>
      waitUntil({ what: `the ladder ${isThere ? "reports" : "no longer reports"} it`, seconds: 120 }, async () => {
        const found = await conditions(kubectl, { kind: "ladder", name: "default" });
        const { message = "" } = found.find(({ type }) => type === "Programmed") ?? {};
        const isSaid = /MeshConfigsDiffer: .* disagrees with itself on trustDomain and trustDomainAliases/.test(
          message,
        );
        assert.equal(isSaid, isThere, message);
        return true;
      });
    await said(false);
    await write(`${config}\ntrustDomainAliases: [old.example]\n`);
    await said(true);
    await levelAt(`${store}/later`, "store", "batch");
    await levelAt(`${frontend}/later`, "frontend", "batch");
    await write(config);
    await said(false);
  });
});
