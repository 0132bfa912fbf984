// Tests what the ladder says of its nodes: counts of all, the worst by name, and why the condition is false.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { NodeSummary } from "../reconcile/ports.ts";
import { enforced } from "./enforced.ts";

const foreign = { reason: "ForeignQdisc", text: 'uplink: ForeignQdisc: device: "eth0" has cake' };
const noRate = { reason: "RateUnknown", text: "db: a/db-0: RateUnknown: rate: is missing" };
const counts = { observedGeneration: 3, activeLinks: 1, inactiveLinks: 0, inactivePods: 0, isRemoved: false };
function node(name: string, some: Partial<NonNullable<NodeSummary["report"]>> = {}): NodeSummary {
  return { name, report: { ...counts, ...some } };
}
const inactive = { activeLinks: 0, inactiveLinks: 1 };
const told = { reason: "LinkInactive", message: "spec.links[1].rate: is missing" };
const none = { reason: "NoActiveLink", message: "spec.links: has no active link" };

for (const [name, nodes, limits, mode, expected] of [
  [
    "no agent",
    [],
    [],
    "Enforce",
    ["False", "NoAgent", "No agent reports, so no queue is ordered; apply manifests/agent.yaml"],
  ],
  [
    "neither a link nor an agent",
    [],
    [none],
    "Enforce",
    [
      ...["False", "NoActiveLink"],
      "No agent reports, so no queue is ordered; apply manifests/agent.yaml; spec.links: has no active link",
    ],
  ],
  [
    "all is active",
    [node("n1"), node("n2")],
    [],
    "Enforce",
    ["True", "Enforced", "2 nodes report 2 of 2 links active"],
  ],
  [
    "a node's kernel refuses the scavenger",
    [
      node("n1", { congestionControl: { name: "scavenger" } }),
      node("n3", { congestionControl: { reason: "BtfMissing", message: "libbpf: none" } }),
      node("n2", { congestionControl: { name: "vegas", reason: "NotPermitted", message: "bpftool: no" } }),
    ],
    [],
    "Enforce",
    [
      ...["True", "NoScavenger"],
      "3 nodes report 3 of 3 links active; 2 of 3 nodes without the scavenger: n2: NotPermitted, vegas in its place: bpftool: no",
    ],
  ],
  [
    "one link is inactive",
    [node("n1"), node("n2", { ...inactive, worst: foreign })],
    [],
    "Enforce",
    [
      ...["True", "LinkInactive"],
      '2 nodes report 1 of 2 links active; n2: uplink: ForeignQdisc: device: "eth0" has cake',
    ],
  ],
  [
    "no link is active",
    [node("n1", { ...inactive, worst: foreign })],
    [],
    "Enforce",
    [
      ...["False", "ForeignQdisc"],
      '1 node reports 0 of 1 link active; n1: uplink: ForeignQdisc: device: "eth0" has cake',
    ],
  ],
  [
    "a node has an older generation, and another has never reported",
    [node("n1"), node("n3", { observedGeneration: 2 }), { name: "n2" }],
    [],
    "Enforce",
    [
      ...["False", "Pending"],
      "3 nodes report 2 of 2 links active; 2 of 3 nodes did not follow the latest change of the ladder yet: n2, n3",
    ],
  ],
  [
    "the worst of many nodes is named, the others are counted",
    [node("n1", { worst: noRate }), node("n3", { worst: foreign }), node("n2", { worst: foreign })],
    [],
    "Enforce",
    [
      ...["True", "LinkInactive"],
      '3 nodes report 3 of 3 links active; n2: uplink: ForeignQdisc: device: "eth0" has cake; 2 other nodes with a problem: kubectl get prioritynodes',
    ],
  ],
  [
    "what the ladder lacks is said once",
    [node("n1", { worst: noRate })],
    [told],
    "Enforce",
    ["True", "LinkInactive", "1 node reports 1 of 1 link active; spec.links[1].rate: is missing"],
  ],
  [
    "mode Disabled, and a node where something is left",
    [node("n1", { isRemoved: true }), node("n2", { activeLinks: 1 })],
    [told],
    "Disabled",
    [
      ...["False", "Pending"],
      "The ladder's mode is Disabled: no queue is ordered, and no packet is marked; 1 of 2 nodes have not confirmed it yet: n2",
    ],
  ],
  [
    "mode Observe, confirmed by every node",
    [node("n1", { isRemoved: true })],
    [],
    "Observe",
    ["False", "Observe", "The ladder's mode is Observe: no queue is ordered, and no packet is marked"],
  ],
] as const)
  test(name, () => {
    const { status, reason, message } = enforced({ generation: 3 }, limits, { mode, nodes });
    assert.deepEqual([status, reason, message], expected);
  });

test("five thousand nodes that do not follow are counted, and three are named", () => {
  const nodes = Array.from({ length: 5_000 }, (_, at) => ({ name: `n${at}` }));
  const { message } = enforced({ generation: 3 }, [], { mode: "Enforce", nodes });
  assert.match(message, /; 5000 of 5000 nodes did not follow [a-z ]+: n0, n1, n10 and 4997 more$/);
});
