// Runs an agent on each node, as the manifests do, and reads what the agents report.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { uplink } from "../kubernetes/addresses.ts";
import type { Kubectl } from "../kubernetes/control-plane.ts";
import { enter } from "../kubernetes/node/namespaces.ts";
import type { Node } from "../kubernetes/node/node.ts";
import { command } from "../process/command.ts";
import { waitUntil } from "../process/wait.ts";

const manifests = join(import.meta.dirname, "../../manifests");
const text = ["agent.yaml", "agent-rbac.yaml"]
  .map((name) => readFileSync(join(manifests, name), "utf8"))
  .join("\n---\n");
const daemonSet = ["-n", "expedite-agent", "rollout", "status", "daemonset/expedite-agent", "--timeout=5s"];

/** Selects their pods for kubectl. */
export const agentPods = ["-n", "expedite-agent", "-l", "app.kubernetes.io/component=agent"];

/** Resolves once every agent is ready. @throws with their logs when one is not */
export async function startAgents(kubectl: Kubectl): Promise<void> {
  await kubectl(["apply", "-f", "-"], text);
  await agentsReady(kubectl);
}

/** Resolves once they, their pods and what they reported are gone. The nodes must not have anything of Expedite's any more. */
export async function removeAgents(kubectl: Kubectl): Promise<void> {
  if ((await kubectl(["get", "namespace", "expedite-agent", "--ignore-not-found", "-o", "name"])) === "") return;
  await kubectl(["delete", "--ignore-not-found", "-f", "-"], text);
  await kubectl(["delete", "prioritynodes", "--all"]);
}

export async function agentsReady(kubectl: Kubectl): Promise<void> {
  const detail = (): Promise<string> =>
    kubectl([...agentPods.slice(0, 2), "logs", ...agentPods.slice(2), "--tail=20", "--prefix"]).catch(String);
  await waitUntil({ what: "an agent is ready on each node", seconds: 60, detail }, async () => {
    await kubectl(daemonSet);
    return true;
  });
}

type NodeStatus = {
  readonly activeLinks: number;
  readonly markedPods: number;
  readonly isRemoved: boolean;
  readonly congestionControl?: { readonly name?: string; readonly reason?: string };
};

type Reported = { readonly name: string; readonly status: NodeStatus };

/** The PriorityNodes that have a status. */
export async function reports(kubectl: Kubectl): Promise<readonly Reported[]> {
  const { items } = JSON.parse(await kubectl(["get", "prioritynodes", "-o", "json"])) as {
    readonly items: readonly { readonly metadata: { readonly name: string }; readonly status?: NodeStatus }[];
  };
  return items.flatMap(({ metadata: { name }, status }) => (status === undefined ? [] : [{ name, status }]));
}

/** Runs a program in a node's network, mount and pid namespaces. */
export const onNode = ({ pid }: Node, ...args: readonly string[]): Promise<string> =>
  command("nsenter", [...enter(pid), "--", ...args]);

/** The kind of the uplink's root qdisc. */
export async function uplinkQdisc(node: Node): Promise<string> {
  const qdiscs = JSON.parse(await onNode(node, "tc", "-json", "qdisc", "show", "dev", uplink)) as {
    readonly kind: string;
    readonly root?: boolean;
  }[];
  return qdiscs.find(({ root }) => root === true)?.kind ?? "none";
}

/** What a shell's fixed text prints in each pod's network namespace of a node. */
async function inPods(node: Node, text: string): Promise<readonly string[]> {
  const script = `for file in /run/netns/*; do echo ---; nsenter --net=$file sh -c '${text}'; done`;
  return (await onNode(node, "sh", "-c", script)).split("---\n").slice(1);
}

/** In how many pods of a node connections of a level use a congestion control of their own. */
export async function yieldingPods(node: Node, algorithm: string): Promise<number> {
  const routes = await inPods(node, "ip -d route show table 1953 2>/dev/null");
  return routes.filter((text) => text.includes(`congctl ${algorithm}`)).length;
}

const readReflectTos = "cat /proc/sys/net/ipv4/tcp_reflect_tos";

/** How many of a node's pods mark the answers to new connections. */
export async function markedNamespaces(node: Node): Promise<number> {
  return (await inPods(node, readReflectTos)).filter((text) => text.trim() === "1").length;
}

/**
 * Everything on the node that an agent can change: queues, rules, and whether answers are marked. One text for the host's namespace, and one
 * for the pods that are alike.
 */
export async function nodeState(node: Node): Promise<ReadonlySet<string>> {
  const host = [
    ["tc", "qdisc", "show", "dev", uplink],
    ["nft", "list", "tables"],
  ].map((args) => onNode(node, ...args));
  const pods = await inPods(node, `tc qdisc show; nft list tables; ${readReflectTos}`);
  const texts = [(await Promise.all(host)).join("\n"), ...pods];
  return new Set(texts.map((text) => text.trim().replace(/direct_packets_stat \S+/g, "")));
}
