// Lets every node's agent remove what it set up, and waits until each has confirmed it in its PriorityNode.
import { priorityNode } from "../../api/priority-node.ts";
import { releaseAnnotation } from "../../core/labels.ts";
import type { Cluster, ClusterObject } from "../../kube/cluster.ts";
import { resources } from "../../kube/resources.ts";

/** Seconds: an agent follows a change of the ladder at once, and retries a failure after a minute at most. */
const longest = 90;
/** Names of nodes in a message. */
const shown = 5;

/**
 * Annotates the ladder, whose mode stays as the user wrote it. Resolves with a text about the outcome.
 * @throws Error that names the nodes that did not confirm, and the way out
 */
export async function releaseNodes(cluster: Cluster, pause: (millis: number) => Promise<void>): Promise<string> {
  const [ladder] = await ladders(cluster);
  const release = ladder === undefined ? undefined : new Date().toISOString();
  if (ladder !== undefined && release !== undefined) await cluster.annotate(ladder, { [releaseAnnotation]: release });
  for (let seconds = 0; ; seconds++) {
    const nodes = await cluster.list(resources.priorityNodes);
    const waiting = nodes.filter((node) => !isReleased(node, release)).map(({ metadata }) => metadata.name);
    if (waiting.length === 0) return `removed from ${nodes.length} ${nodes.length === 1 ? "node" : "nodes"}`;
    if (seconds >= longest) throw new Error(unconfirmed(waiting));
    await pause(1000);
  }
}

/** To be called once no agent runs any more. */
export async function forgetRelease(cluster: Cluster): Promise<void> {
  for (const ladder of await ladders(cluster)) await cluster.annotate(ladder, { [releaseAnnotation]: null });
}

async function ladders(cluster: Cluster): Promise<readonly ClusterObject[]> {
  return (await cluster.list(resources.ladders)).filter(({ metadata }) => metadata.name === "default");
}

/** Without a ladder there is nothing that a node could want. */
function isReleased(node: ClusterObject, release: string | undefined): boolean {
  const { status } = priorityNode.safeParse(node).data ?? {};
  return status?.isRemoved === true && status.observedRelease === release;
}

function unconfirmed(names: readonly string[]): string {
  const listed = names.slice(0, shown).join(", ") + (names.length > shown ? ` and ${names.length - shown} more` : "");
  return [
    `not confirmed after ${longest} s that nothing is left on the nodes: ${listed}`,
    `The agents say why: kubectl describe prioritynode ${names[0]}`,
    `If an agent does not run any more: "expedite node remove" on the node, or delete a node that is lost, then kubectl delete prioritynode ${names[0]}`,
  ].join("\n");
}
