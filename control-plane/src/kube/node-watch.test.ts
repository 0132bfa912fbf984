// What the agent reads from the API server, and when nothing can be decided: before everything is listed, or without the kind, the node, or
// a readable ladder.
import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { kubeApi } from "../../test/kube-api.ts";
import { apiServer } from "./api-server.ts";
import { watchNode } from "./node-watch.ts";

const ladders = "/apis/expedite.dev/v1alpha1/priorityladders";
const ladder = (spec: object = {}) => ({
  metadata: { name: "default", generation: 1 },
  spec: { levels: [{ name: "high" }, { name: "low", dscp: "CS1" }], defaultLevel: "high", mode: "Enforce", ...spec },
});
const podOf = (name: string, nodeName: string, labels = {}) => ({
  metadata: { name, namespace: "shop", labels },
  spec: { nodeName, hostNetwork: true, containers: [] },
  status: { phase: "Running", podIP: "10.0.0.1", conditions: [{ type: "Ready", status: "False" }] },
});

test("reads the ladder, the node, its pods and those with a level; decides nothing if one is missing", async (context) => {
  const api = await kubeApi();
  const server = apiServer({ server: api.url, options: async () => ({}) });
  const times = { firstDelay: 10, longestDelay: 20, absent: 20 };
  const watch = watchNode({ server, node: "n1", changed: () => {}, times });
  context.after(async () => {
    await watch.stop();
    await api.close();
  });
  const until = async (isRight: (inputs: ReturnType<typeof watch.inputs>) => boolean) => {
    for (const end = Date.now() + 30_000; ; await sleep(5)) {
      const inputs = watch.inputs();
      if (isRight(inputs)) return inputs;
      assert.ok(Date.now() < end, JSON.stringify(inputs));
    }
  };
  const isUndecided = (words: RegExp) => (inputs: object) =>
    "undecided" in inputs && words.test(String(inputs.undecided));
  const isDecided = (inputs: object) => !("undecided" in inputs);

  assert.ok(isUndecided(/has not answered/)(watch.inputs()));
  await until(isUndecided(/no node n1/));
  api.put("/api/v1/nodes", { metadata: { name: "n1", labels: { pool: "general" } } });
  api.put("/api/v1/nodes", { metadata: { name: "n2" } });
  await until(isDecided);
  assert.equal(watch.uid(), "n1");
  api.put("/api/v1/pods", podOf("here", "n1"));
  api.put("/api/v1/pods", podOf("far", "n2"));
  api.put("/api/v1/pods", podOf("batch", "n2", { "expedite.dev/level": "low" }));
  const found = await until((inputs) => "levelPods" in inputs && inputs.pods.length + inputs.levelPods.length === 2);
  assert.ok("pods" in found);
  assert.deepEqual([found.labels, found.ladder], [{ pool: "general" }, undefined]);
  const [pod] = found.pods;
  assert.deepEqual(
    [pod?.metadata.name, pod?.spec.hostNetwork, pod?.status],
    [
      "here",
      true,
      { phase: "Running", podIP: "10.0.0.1", podIPs: undefined, conditions: [{ type: "Ready", status: "False" }] },
    ],
  );
  assert.equal(found.levelPods[0]?.metadata.name, "batch");

  api.put(ladders, ladder());
  await until((inputs) => "ladder" in inputs && inputs.generation === 1);
  const { metadata, spec } = ladder();
  api.put(ladders, { metadata: { ...metadata, annotations: { "expedite.dev/release-nodes": "r1" } }, spec });
  await until((inputs) => "release" in inputs && inputs.release === "r1" && !("ladder" in inputs));
  api.put(ladders, ladder());
  await until((inputs) => "ladder" in inputs && !("release" in inputs));
  api.put(ladders, ladder({ levels: [] }));
  await until(isUndecided(/PriorityLadder cannot be read: spec\.levels/));
  api.put(ladders, ladder());
  await until(isDecided);
  api.setMissing(ladders, true);
  await until(isUndecided(/has no priorityladders\.expedite\.dev, .*kubectl apply/));
  // A failure after that says nothing about the ladder.
  api.setAway(true);
  while (watch.problems()["priorityladders.expedite.dev"]?.cause === "Missing") await sleep(5);
  assert.ok(isUndecided(/has no priorityladders/)(watch.inputs()));
  api.setAway(false);
  api.setMissing(ladders, false);
  await until((inputs) => "ladder" in inputs);
  // Something in front of the API server that knows nothing: it does not mean that the node has no pods.
  api.setMissing("/api/v1/pods", true);
  await until(isUndecided(/has no pods/));
  api.setMissing("/api/v1/pods", false);
  await until((inputs) => "pods" in inputs && inputs.pods.length === 1 && inputs.levelPods.length === 1);
  api.remove(ladders, "default");
  await until((inputs) => isDecided(inputs) && !("ladder" in inputs));
});
