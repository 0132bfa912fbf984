// Makes further pods of a test node: a network namespace for each, joined to the node's by a veth pair, and the Pod object.
import { inNamespace, type Run } from "../src/node/namespace.ts";
import { nodeName, type ProgramNode } from "./agent-program.ts";

export type AgentPod = { readonly name: string; readonly netns: string; readonly run: Run };

const pods = "/api/v1/pods";
const namespace = "many";

/** `index`: 0 to 65534, which decides its names and addresses. Every second pod has the level batch, and all are selected by podLink. */
export async function addPod(node: ProgramNode, index: number): Promise<AgentPod> {
  const netns = `xp-pod-${index}`;
  await inNamespace(undefined)!("ip", ["netns", "add", netns]);
  const run = inNamespace(netns)!;
  const lines = [`link add pod${index} type veth peer name eth0 netns ${netns}`, `link set pod${index} up`, ""];
  await node.host("ip", ["-batch", "-"], lines.join("\n"));
  node.there.add(`cni-pod-${index}`, netns);
  await run("ip", ["-batch", "-"], addressLines(index));
  const name = `pod-${index}`;
  const level = index % 2 === 0 ? {} : { "expedite.dev/level": "batch" };
  const [podIP, second] = addressesOf(index);
  node.api.put(pods, {
    metadata: { name, namespace, labels: { app: "db", ...level } },
    spec: { nodeName },
    status: { podIP, podIPs: [{ ip: podIP }, { ip: second }], conditions: [{ type: "Ready", status: "True" }] },
  });
  return { name, netns, run };
}

/** The object is removed first or last, as in a cluster. */
export async function removePod(node: ProgramNode, index: number, isObjectFirst: boolean): Promise<void> {
  const removeObject = (): void => node.api.remove(pods, `pod-${index}`, namespace);
  if (isObjectFirst) removeObject();
  node.there.drop(`cni-pod-${index}`);
  await inNamespace(undefined)!("ip", ["netns", "delete", `xp-pod-${index}`]);
  if (!isObjectFirst) removeObject();
}

function addressesOf(index: number): readonly [string, string] {
  return [`10.97.${(index + 1) >> 8}.${(index + 1) & 255}`, `fd97::${(index + 1).toString(16)}`];
}

function addressLines(index: number): string {
  const [first, second] = addressesOf(index);
  return [
    "link set lo up",
    "link set eth0 up",
    `address add ${first}/32 dev eth0`,
    `address add ${second}/128 dev eth0 nodad`,
    "route add default dev eth0",
    "",
  ].join("\n");
}
