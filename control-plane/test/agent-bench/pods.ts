// Makes the pods of a bench's node: a network namespace for each, joined to the node's by a veth pair, and the Pod object.
import { inNamespace, type Run } from "../../src/node/namespace.ts";
import { nodeName, type ProgramNode } from "../agent-program.ts";

export type BenchPod = { readonly name: string; readonly netns: string; readonly run: Run };

/** Every second pod has the level batch. */
export async function makePods(node: ProgramNode, count: number): Promise<readonly BenchPod[]> {
  const here = inNamespace(undefined)!;
  const pods: BenchPod[] = [];
  for (let index = 0; index < count; index++) {
    const netns = `xp-bench-p${index}`;
    await here("ip", ["netns", "add", netns]);
    const run = inNamespace(netns)!;
    const veth = ["link", "add", `pod${index}`, "type", "veth", "peer", "name", "eth0", "netns", netns];
    await node.host("ip", veth);
    await node.host("ip", ["link", "set", `pod${index}`, "up"]);
    await run("ip", ["-batch", "-"], addressLines(index));
    node.there.add(`cni-${index}`, netns);
    const name = `pod-${index}`;
    putPod(node, { name, index });
    pods.push({ name, netns, run });
  }
  return pods;
}

const addressOf = (index: number): string => `10.97.${index >> 8}.${index & 255}`;

function addressLines(index: number): string {
  return [
    "link set lo up",
    "link set eth0 up",
    `address add ${addressOf(index)}/32 dev eth0`,
    `address add fd97::${index.toString(16)}/128 dev eth0 nodad`,
    "route add default dev eth0",
    "",
  ].join("\n");
}

function putPod({ api }: ProgramNode, { name, index }: { readonly name: string; readonly index: number }): void {
  const level = index % 2 === 0 ? {} : { "expedite.dev/level": "batch" };
  api.put("/api/v1/pods", {
    metadata: { name, namespace: "bench", labels: { app: "db", ...level } },
    spec: { nodeName },
    status: {
      podIP: addressOf(index),
      podIPs: [{ ip: addressOf(index) }, { ip: `fd97::${index.toString(16)}` }],
      conditions: [{ type: "Ready", status: "True" }],
    },
  });
}
