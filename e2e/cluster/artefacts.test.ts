// From the files of a release alone, under load: installed by Helm and by the add-on file, a policy observed and then enforced, upgraded and
// removed. No request fails, and nothing of it is left.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, describe, test } from "node:test";
import { uplink } from "../kubernetes/addresses.ts";
import { applyObjects } from "../kubernetes/apply.ts";
import { available } from "../kubernetes/ready.ts";
import { waitUntil } from "../process/wait.ts";
import { agentsReady, uplinkQdisc } from "./agents.ts";
import { inventory, nodeStates } from "./artefacts/inventory.ts";
import { makeRelease, type Release } from "./artefacts/release.ts";
import { levelsOf, visit } from "./bookinfo.ts";
import { controllerLog, exportsPolicy, waitForCondition } from "./controller.ts";
import { underLoad } from "./load.ts";
import { policy } from "./policies.ts";
import { sharedMesh } from "./shared-mesh.ts";
import { inCluster } from "./suite.ts";

const links = [
  {
    ...{ name: "uplinks", scope: "Node", device: uplink, rate: "800Mbit" },
    nodeSelector: { "kubernetes.io/os": "linux" },
  },
];
const kinds = ["priorityladders", "prioritynodes", "prioritypolicies", "requestqueues"].map(
  (name) => `crd/${name}.expedite.dev`,
);

describe("the files of a release", inCluster, () => {
  // Before the shared mesh's own, which may stop it.
  after(() => kubectl(["apply", "--server-side", "--force-conflicts", "--filename", release.definitions]));
  const mesh = sharedMesh();
  let release: Release;
  let original: readonly string[];
  let originalNodes: readonly ReadonlySet<string>[];
  const kubectl = (args: readonly string[], input?: string): Promise<string> => mesh().kubectl(args, input);
  const helm = (...args: readonly string[]) =>
    release.helm(mesh(), ...args, "--namespace", "istio-system", "--timeout", "5m");
  const expedite = (...args: readonly string[]) => release.expedite(mesh(), ...args);

  /** Prints how long it took and what the load met. */
  async function step(what: string, run: () => Promise<unknown>): Promise<void> {
    let seconds = 0;
    const { batch, others } = await underLoad(mesh(), what, async () => {
      const start = performance.now();
      await run();
      seconds = (performance.now() - start) / 1000;
    });
    console.log(`${what}: ${seconds.toFixed(1)} s by itself`);
    const errors = [...batch.errors, ...others.errors].join("\n");
    assert.equal(batch.failed + others.failed, 0, `${errors}\n${await controllerLog(kubectl)}`);
  }

  const ready = async (): Promise<void> => {
    await available(kubectl, "istio-system", "expedite");
    await agentsReady(kubectl);
  };
  const modeOf = () => kubectl(["get", "priorityladder", "default", "--output=jsonpath={.spec.mode}"]);
  const patch = (spec: object) =>
    kubectl(["patch", "priorityladder", "default", "--type=merge", "--patch", JSON.stringify({ spec })]);
  const levels = (level: string) =>
    waitUntil({ what: `every service has "${level}"`, seconds: 60 }, async () => {
      for (let index = 0; index < 5; index++) {
        const found = levelsOf(await visit(kubectl, "/export/all"));
        assert.deepEqual(new Set(Object.values(found)), new Set([level]));
      }
      return true;
    });
  const queues = (isOrdered: boolean) =>
    waitUntil({ what: `the uplinks are${isOrdered ? "" : " not"} ordered`, seconds: 60 }, async () => {
      const found = await Promise.all(mesh().nodes.map(uplinkQdisc));
      return found.every((kind) => (kind === "htb") === isOrdered);
    });

  /** From the ladder that the controller made to levels and queues in force. */
  async function takesEffect(): Promise<void> {
    await waitUntil({ what: "the controller has made a ladder", seconds: 30 }, async () => {
      return (await modeOf()) === "Observe";
    });
    await step("policy, observed", async () => {
      await applyObjects(kubectl, policy("/export"));
      await waitForCondition(kubectl, exportsPolicy, { type: "Programmed", status: "True", seconds: 60 });
    });
    await levels("");
    assert.match(await expedite("status"), /Observe/);
    await step("enforced", async () => {
      await patch({ mode: "Enforce", links });
      await levels("batch");
      await queues(true);
    });
  }

  /** Also what users wrote, and the kinds. */
  async function nothingLeft(): Promise<void> {
    await kubectl(["delete", ...kinds]);
    const left = async (): Promise<readonly string[]> =>
      (await inventory(mesh())).filter((name) => !original.includes(name));
    await waitUntil({ what: "nothing of Expedite is left", seconds: 60 }, async () => {
      assert.deepEqual(await left(), []);
      return true;
    });
    const now = await nodeStates(mesh());
    for (const [index, states] of now.entries())
      for (const state of states) assert.ok(originalNodes[index]!.has(state), state);
    await levels("");
  }

  before(async () => {
    release = await makeRelease();
    // The mesh of the tests has the kinds already, and Helm adopts nothing.
    await kubectl(["delete", ...kinds]);
    original = await inventory(mesh());
    originalNodes = await nodeStates(mesh());
  });
  test("by Helm", async () => {
    await step("helm install", async () => {
      await helm("install", "expedite", release.earlierChart, "--wait");
      await ready();
    });
    await takesEffect();
    await step("helm upgrade", async () => {
      await helm("upgrade", "expedite", release.chart, "--wait", "--set", "controller.logLevel=debug");
      await ready();
      await levels("batch");
    });
    assert.equal(await modeOf(), "Enforce", "the ladder is not Helm's");
    await step("helm uninstall", () => helm("uninstall", "expedite", "--wait"));
    await queues(false);
    await nothingLeft();
  });

  test("by the add-on file and kubectl expedite", async () => {
    await step("kubectl apply of the add-on", async () => {
      await applyObjects(kubectl, readFileSync(release.addOn, "utf8"));
      await ready();
    });
    await takesEffect();
    await step("kubectl expedite uninstall", () => expedite("uninstall", "--yes"));
    await queues(false);
    await nothingLeft();
  });
});
