// The node agents as a DaemonSet of two nodes: they order the uplinks and mark labelled pods, report it, repair it, give the nodes back, and
// fail no request while they are killed or replaced.
import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import { uplink } from "../kubernetes/addresses.ts";
import { applyObjects } from "../kubernetes/apply.ts";
import { waitUntil } from "../process/wait.ts";
import {
  agentPods,
  agentsReady,
  markedNamespaces,
  nodeState,
  onNode,
  reports,
  startAgents,
  uplinkQdisc,
  yieldingPods,
} from "./agents.ts";
import { callerContainer } from "./bookinfo.ts";
import { expedite } from "./commands/expedite.ts";
import { conditions, startController, waitForCondition } from "./controller.ts";
import { type Results, underLoad } from "./load.ts";
import { podStarts } from "./pod-start.ts";
import { ladder, policy } from "./policies.ts";
import { sharedMesh } from "./shared-mesh.ts";
import { inCluster } from "./suite.ts";

const uplinks = {
  name: "uplink",
  scope: "Node",
  nodeSelector: { "kubernetes.io/os": "linux" },
  device: uplink,
  rate: "800Mbit",
};

function assertNoneFailed({ batch, others }: Results): void {
  assert.equal(batch.failed + others.failed, 0, [...batch.errors, ...others.errors].join("\n"));
}

describe("node agents", inCluster, () => {
  const mesh = sharedMesh();
  const kubectl = (args: readonly string[], input?: string): Promise<string> => mesh().kubectl(args, input);
  const apply = (text: string): Promise<string> => applyObjects(kubectl, text);
  let original: readonly ReadonlySet<string>[];

  const ordered = async (): Promise<boolean> => {
    const kinds = await Promise.all(mesh().nodes.map(uplinkQdisc));
    return kinds.every((kind) => kind === "htb");
  };

  /** Pods may be gone, but none has anything that none had before, and neither has the host. */
  const assertAsBefore = async (): Promise<void> => {
    const now = await Promise.all(mesh().nodes.map(nodeState));
    for (const [index, states] of now.entries())
      for (const state of states)
        assert.ok(original[index]!.has(state), `${state}\nwas none of\n${[...original[index]!].join("\n\n")}`);
  };

  before(async () => {
    await startController(kubectl);
    await startAgents(kubectl);
    original = await Promise.all(mesh().nodes.map(nodeState));
  });

  test("without a ladder they change nothing, and report that nothing is there", async () => {
    await waitUntil({ what: "every node has reported", seconds: 30 }, async () => {
      const found = await reports(kubectl);
      assert.deepEqual(
        found.map(({ name, status }) => [name, status.isRemoved, status.activeLinks]),
        mesh().nodes.map(({ name }) => [name, true, 0]),
      );
      return true;
    });
    await assertAsBefore();
  });

  test("the uplinks are ordered soon after the ladder says so, and the ladder's Enforced counts them", async () => {
    await apply(policy("/export"));
    const start = performance.now();
    await apply(ladder("Enforce", [uplinks]));
    await waitUntil({ what: "both uplinks have our queue", seconds: 30 }, ordered);
    console.log(`both uplinks are ordered ${Math.round(performance.now() - start)} ms after kubectl apply began`);
    await waitForCondition(kubectl, { kind: "ladder", name: "default" }, { type: "Enforced", status: "True" });
    const found = await conditions(kubectl, { kind: "ladder", name: "default" });
    const { message } = found.find(({ type }) => type === "Enforced")!;
    assert.match(message, /^2 nodes report 2 of 2 links active/);
    const listed = await kubectl(["get", "prioritynodes"]);
    assert.equal(listed.trim().split("\n").length, 3, listed);
  });

  test("a pod that gets a level's label is marked, from its next packet on", async () => {
    const { pod } = await callerContainer(mesh(), "n1");
    const marked = async (): Promise<number> =>
      (await reports(kubectl)).reduce((sum, { status }) => sum + status.markedPods, 0);
    assert.equal(await marked(), 0);
    const start = performance.now();
    await kubectl(["-n", "jobs", "label", "pod", pod, "expedite.dev/level=batch"]);
    await waitUntil({ what: "one pod is marked", seconds: 30 }, async () => (await marked()) === 1);
    console.log(`a labelled pod is marked ${Math.round(performance.now() - start)} ms after kubectl label began`);
    await kubectl(["-n", "jobs", "label", "pod", pod, "expedite.dev/level-"]);
    await waitUntil({ what: "no pod is marked", seconds: 30 }, async () => (await marked()) === 0);
  });

  test("the answers of a new pod are marked, at about the time that it becomes Ready", async () => {
    const [node] = mesh().nodes;
    const before = await markedNamespaces(node!);
    const start = performance.now();
    const since = (): number => Math.round(performance.now() - start);
    const marked = waitUntil({ what: "one more pod's answers are marked", seconds: 60 }, async () => {
      return (await markedNamespaces(node!)) === before + 1;
    }).then(since);
    await podStarts(kubectl, "answers", 1);
    const ready = since();
    console.log(
      `answers are marked ${await marked} ms after kubectl apply began, and the pod is Ready after ${ready} ms`,
    );
    await kubectl(["-n", "jobs", "delete", "pod", "answers-0"]);
  });

  test("a queue that somebody deletes comes back", async () => {
    const [node] = mesh().nodes;
    const start = performance.now();
    await onNode(node!, "tc", "qdisc", "delete", "dev", uplink, "root");
    await waitUntil({ what: "the queue is back", seconds: 90 }, ordered);
    console.log(`the queue was back ${Math.round(performance.now() - start)} ms after it was deleted`);
  });

  test("no request fails, and the queues stay, while the agents are killed and replaced", async () => {
    const seen: boolean[] = [];
    const result = await underLoad(mesh(), "agents killed, then replaced", async () => {
      await kubectl([...agentPods.slice(0, 2), "delete", "pod", ...agentPods.slice(2), "--force", "--grace-period=0"]);
      seen.push(await ordered());
      await agentsReady(kubectl);
      await kubectl(["-n", "expedite-agent", "rollout", "restart", "daemonset/expedite-agent"]);
      seen.push(await ordered());
      await agentsReady(kubectl);
      seen.push(await ordered());
    });
    assert.deepEqual(seen, [true, true, true]);
    assertNoneFailed(result);
  });

  test("a link that is not possible is named, and the others stay", async () => {
    await apply(ladder("Enforce", [uplinks, { ...uplinks, name: "storage", device: "stor0" }]));
    await waitUntil({ what: "the ladder names the missing device", seconds: 30 }, async () => {
      const found = await conditions(kubectl, { kind: "ladder", name: "default" });
      assert.match(found.find(({ type }) => type === "Enforced")!.message, /2 of 4 links active.*storage.*stor0/);
      return true;
    });
    assert.ok(await ordered());
  });

  test("a level that asks for the scavenger has it on every node, and no request fails when it comes and goes", async () => {
    const asking = JSON.parse(ladder("Enforce", [uplinks]));
    asking.spec.levels.find(({ name }: { readonly name: string }) => name === "batch").congestionControl = "scavenger";
    const names = async (): Promise<readonly (string | undefined)[]> =>
      (await reports(kubectl)).map(({ status }) => status.congestionControl?.reason ?? status.congestionControl?.name);
    const pods = (): Promise<number[]> => Promise.all(mesh().nodes.map((node) => yieldingPods(node, "scavenger")));
    const result = await underLoad(mesh(), "scavenger loaded, then removed", async () => {
      await apply(JSON.stringify(asking));
      await waitUntil({ what: "every node has the scavenger", seconds: 60 }, async () => {
        assert.deepEqual(await names(), ["scavenger", "scavenger"]);
        return true;
      });
      for (const count of await pods()) assert.ok(count > 0);
      await apply(ladder("Enforce", [uplinks]));
      await waitUntil({ what: "no node has it", seconds: 60 }, async () => {
        assert.deepEqual(
          [await names(), await pods()],
          [
            [undefined, undefined],
            [0, 0],
          ],
        );
        return true;
      });
    });
    assertNoneFailed(result);
    assert.ok(await ordered());
  });

  test("in mode Observe the nodes are as they were before, and each confirms it", async () => {
    await apply(ladder("Observe", [uplinks]));
    await waitUntil({ what: "every node confirms that nothing is left", seconds: 30 }, async () => {
      const found = await reports(kubectl);
      return found.every(({ status }) => status.isRemoved);
    });
    await assertAsBefore();
  });

  test("uninstall takes everything off the nodes before it removes the agents, and no request fails", async () => {
    await apply(ladder("Enforce", [uplinks]));
    await waitUntil({ what: "both uplinks have our queue", seconds: 30 }, ordered);
    const result = await underLoad(mesh(), "uninstalled", async () => {
      const { code, stdout, stderr } = await expedite(mesh(), "uninstall", "--yes");
      assert.equal(code, 0, stdout + stderr);
    });
    assertNoneFailed(result);
    await assertAsBefore();
    const left = ["get", "daemonsets,namespaces,clusterroles,prioritynodes", "-A", "-o", "name"];
    assert.doesNotMatch(await kubectl([...left, "-l", "app.kubernetes.io/name=expedite"]), /./);
    assert.doesNotMatch(await kubectl(["get", "prioritynodes", "-o", "name"]), /./);
    const annotations = await kubectl(["get", "ladder", "default", "-o", "jsonpath={.metadata.annotations}"]);
    assert.doesNotMatch(annotations, /release-nodes/);
  });
});
