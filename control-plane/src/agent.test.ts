// The agent's program on a node made of namespaces, next to an API server: what it orders, when it changes nothing, and that stopping
// undoes nothing.
import assert from "node:assert/strict";
import { after, test } from "node:test";
import {
  ladderSpec,
  ladders,
  nodeState,
  putNodeAndPods,
  reported as reportedBy,
  until,
} from "../test/agent-cluster.ts";
import { programNode } from "../test/agent-program.ts";
import { withoutNamespaces } from "../test/veth-pair.ts";

const skip = await withoutNamespaces();
const node = skip === false ? await programNode("program") : undefined;
after(() => node?.remove());

const ladder = (spec: object = {}) => ({ metadata: { name: "default", generation: 1 }, spec: ladderSpec(spec) });
const state = () => nodeState(node!);
const reported = () => reportedBy(node!);

test("orders the node as the ladder says, keeps it while the API server is down and after SIGTERM, and removes what is no longer wanted", {
  skip,
}, async () => {
  const { api, start } = node!;
  const before = await state();
  putNodeAndPods(node!);
  api.put(ladders, ladder());
  const first = start();
  await until(
    () => first.get("/readyz"),
    ({ status }) => status === 200,
  );
  const ordered = await state();
  assert.notEqual(ordered, before);
  await until(
    async () => reported()?.activeLinks,
    (links) => links === 3,
  );
  assert.deepEqual([reported()?.observedGeneration, reported()?.markedPods, reported()?.isRemoved], [1, 1, false]);
  const metrics = (await first.get("/metrics")).text;
  assert.match(metrics, /expedite_agent_links\{state="Active"\} 3/);
  assert.match(metrics, /expedite_agent_class_bytes_total\{link="uplink",level="batch"\} \d+/);
  assert.match(metrics, /expedite_agent_repairs_total 0/);
  assert.match(metrics, /expedite_agent_pods\{state="Active"\} 2/);

  // Somebody removes the queue: it comes back, and counts as a repair.
  await node!.host("tc", ["qdisc", "delete", "dev", "up0", "root"]);
  await until(
    () => first.get("/metrics"),
    ({ text }) => text.includes("expedite_agent_repairs_total 1"),
  );
  assert.equal(await state(), ordered);
  api.setAway(true);
  await first.logged("a kind cannot be listed or watched");
  assert.equal(await state(), ordered);
  await first.end();
  assert.equal(await state(), ordered);
  // A new start without an answer.
  const second = start();
  await second.logged("nothing can be decided, so the node stays as it is");
  assert.equal((await second.get("/readyz")).status, 503);
  assert.equal((await second.get("/healthz")).status, 200);
  assert.equal(await state(), ordered);
  api.setAway(false);
  await until(
    () => second.get("/readyz"),
    ({ status }) => status === 200,
  );
  assert.equal(await state(), ordered);
  assert.deepEqual(
    second.log().filter(({ msg }) => msg === "changed"),
    [],
  );

  const { metadata, spec } = ladder();
  api.put(ladders, { metadata: { ...metadata, annotations: { "expedite.dev/release-nodes": "r1" } }, spec });
  await until(
    async () => reported()?.observedRelease,
    (release) => release === "r1",
  );
  assert.equal(reported()?.isRemoved, true);
  assert.equal(await state(), before);
  api.put(ladders, ladder());
  assert.equal(await until(state, (found) => found === ordered), ordered);
  api.remove(ladders, "default");
  assert.equal(await until(state, (found) => found === before), before);
  await second.end();
});

test("a second agent waits for the first one, and then takes over", { skip }, async () => {
  const { api, start } = node!;
  api.put(ladders, ladder());
  const first = start();
  await until(
    () => first.get("/readyz"),
    ({ status }) => status === 200,
  );
  const ordered = await state();
  const second = start();
  await second.logged("another agent holds the node: waiting until it ends");
  assert.deepEqual(await second.get("/readyz"), { status: 503, text: "another agent holds the node\n" });
  assert.equal((await second.get("/healthz")).status, 200);
  await first.end("SIGKILL");
  await until(
    () => second.get("/readyz"),
    ({ status }) => status === 200,
  );
  assert.equal(await state(), ordered);
  api.put(ladders, ladder({ mode: "Observe" }));
  await second.logged("removed what is no longer wanted");
  await second.end();
});
