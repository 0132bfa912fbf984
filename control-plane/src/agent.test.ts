// The agent's program on a node made of namespaces, next to an API server: what it orders, when it changes nothing, and that stopping
// undoes nothing.
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { kernelState, podLink, uplink } from "../test/agent-node.ts";
import { nodeName, type ProgramNode, programNode } from "../test/agent-program.ts";
import { withoutNamespaces } from "../test/veth-pair.ts";
import type { NodeStatus } from "./api/priority-node.ts";

const skip = await withoutNamespaces();
const node = skip === false ? await programNode("program") : undefined;
after(() => node?.remove());

const ladders = "/apis/expedite.dev/v1alpha1/priorityladders";
const pods = "/api/v1/pods";
const nodes = "/api/v1/nodes";
const priorityNodes = "/apis/expedite.dev/v1alpha1/prioritynodes";
const levels = [{ name: "interactive" }, { name: "batch", dscp: "CS1" }];
const ladder = (spec: object = {}) => ({
  metadata: { name: "default", generation: 1 },
  spec: { levels, defaultLevel: "interactive", mode: "Enforce", links: [podLink, uplink], ...spec },
});

function put({ api }: ProgramNode): void {
  api.put(nodes, { metadata: { name: nodeName, labels: { pool: "general" } } });
  for (const [namespace, last, labels] of [
    ["a", 1, { app: "db" }],
    ["b", 2, { app: "db", "expedite.dev/level": "batch" }],
  ] as const)
    api.put(pods, {
      metadata: { name: "db-0", namespace, labels },
      spec: { nodeName },
      status: {
        podIP: `10.99.0.${last}`,
        podIPs: [{ ip: `10.99.0.${last}` }, { ip: `fd99::${last}` }],
        conditions: [{ type: "Ready", status: "True" }],
      },
    });
}

async function state(): Promise<string> {
  const { host, pair } = node!;
  return (await Promise.all([host, pair.left, pair.right].map(kernelState))).join("\n---\n");
}

async function until<T>(read: () => Promise<T>, isRight: (value: T) => boolean): Promise<T> {
  for (const end = Date.now() + 60_000; ; ) {
    const value = await read();
    if (isRight(value)) return value;
    assert.ok(Date.now() < end, `still ${JSON.stringify(value)}`);
    await sleep(20);
  }
}

const reported = () => node!.api.get(priorityNodes, nodeName)?.status as NodeStatus | undefined;

test("orders the node as the ladder says, keeps it while the API server is down and after SIGTERM, and removes what is no longer wanted", {
  skip,
}, async () => {
  const { api, start } = node!;
  const before = await state();
  put(node!);
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
