// What a ladder asks for and a node cannot do: the agent's program names the reason on the node's object, the ladder's condition repeats the worst, and
// everything else is done. A ladder that changes while it is being followed ends as its last version says.
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { followed, ladderSpec, nodeState, putLadder, putNodeAndPods, reported, until } from "../test/agent-cluster.ts";
import { podLink, uplink } from "../test/agent-node.ts";
import { nodeName, programNode } from "../test/agent-program.ts";
import { withoutNamespaces } from "../test/veth-pair.ts";
import { nodeSummary } from "./kube/node-summary.ts";
import { enforced } from "./status/enforced.ts";

const skip = await withoutNamespaces();
const node = skip === false ? await programNode("bad") : undefined;
after(() => node?.remove());

test("each link that cannot be active has its reason, on the node and on the ladder, and the others are ordered", {
  skip,
}, async () => {
  putNodeAndPods(node!);
  const { rate: _, ...withoutRate } = uplink;
  const links = [
    uplink,
    { ...uplink, name: "again", rate: "2Gbit" },
    { ...uplink, name: "missing", device: "eth7" },
    { ...withoutRate, name: "no-rate" },
    { name: "annotated", scope: "Pod", selector: { app: "db" }, device: "eth9" },
    podLink,
  ];
  putLadder(node!, ladderSpec({ links }), 1);
  const agent = node!.start();
  await followed(node!, 1);
  const status = reported(node!)!;
  assert.deepEqual(
    status.links
      .map(({ link, namespace = "", state, reason = "" }) => [link, namespace, state, reason].join(" ").trim())
      .sort(),
    [
      "again  Inactive DeviceShared",
      "annotated a Inactive RateUnknown",
      "annotated b Inactive RateUnknown",
      "db a Active",
      "db b Active",
      "missing  Inactive DeviceNotFound",
      "no-rate  Inactive RateUnknown",
      "uplink  Active",
    ],
  );
  assert.equal(status.worst, "again: DeviceShared");
  const summary = nodeSummary({ metadata: { name: nodeName }, status } as unknown as Parameters<typeof nodeSummary>[0]);
  const condition = enforced({ generation: 1 }, [], { mode: "Enforce", nodes: [summary] });
  assert.deepEqual([condition.status, condition.reason], ["True", "LinkInactive"]);
  assert.match(
    condition.message,
    /1 node reports 3 of 8 links active; n1: again: DeviceShared: device: "up0" is link uplink's already/,
  );
  await agent.end();
});

test("a ladder that changes while it is being followed ends as its last version says", { skip }, async () => {
  const specs = [
    ladderSpec(),
    ladderSpec({ links: [{ ...podLink, rate: "200Mbit" }] }),
    ladderSpec({ mode: "Observe" }),
    ladderSpec({ levels: [{ name: "interactive" }, { name: "batch", dscp: "LE", minShare: "10%" }] }),
  ];
  putLadder(node!, specs[3]!, 2);
  const agent = node!.start();
  await followed(node!, 2);
  const expected = await nodeState(node!);
  let generation = 2;
  for (let round = 0; round < 4; round++)
    for (const spec of specs) {
      putLadder(node!, spec, ++generation);
      await sleep(60 * round);
    }
  await followed(node!, generation);
  await until(
    () => nodeState(node!),
    (state) => state === expected,
  );
  assert.deepEqual(
    agent.log().filter(({ level }) => level === "error"),
    [],
  );
  await agent.end();
});
