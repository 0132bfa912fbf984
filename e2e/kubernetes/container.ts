// Finds a container of a running pod on its node, and kills it.
import type { Node } from "./node/node.ts";
import type { Cluster } from "./running-cluster.ts";

export interface Container {
  readonly node: Node;
  /** The pod that it runs in. */
  readonly pod: string;
  readonly podAddress: string;
  /** Its id in ctr(8). */
  readonly id: string;
}

interface Pod {
  readonly metadata: { readonly name: string; readonly deletionTimestamp?: string };
  readonly spec: { readonly nodeName: string };
  readonly status: {
    readonly podIP: string;
    readonly containerStatuses?: readonly { readonly name: string; readonly containerID?: string }[];
  };
}

export interface ContainerSelector {
  readonly namespace: string;
  /** A selector as for kubectl: `-l …` or `--field-selector=metadata.name=…`. */
  readonly pods: readonly string[];
  readonly container: string;
}

/** The container in the first running pod that matches the selector. @throws when there is none */
export async function containerOf({ kubectl, nodes }: Cluster, selector: ContainerSelector): Promise<Container> {
  const { namespace, pods, container: name } = selector;
  const { items } = JSON.parse(await kubectl(["-n", namespace, "get", "pods", ...pods, "-o", "json"])) as {
    readonly items: readonly Pod[];
  };
  for (const { metadata, spec, status } of items) {
    const node = nodes.find((one) => one.name === spec.nodeName);
    const id = status.containerStatuses?.find((one) => one.name === name)?.containerID?.split("//")[1];
    if (metadata.deletionTimestamp === undefined && node !== undefined && id !== undefined)
      return { node, pod: metadata.name, podAddress: status.podIP, id };
  }
  throw new Error(`no pod of ${namespace} with ${pods.join(" ")} runs a container ${name}`);
}

/** Sends SIGKILL, so that it can't close anything properly. */
export const killContainer = ({ node, id }: Container): Promise<string> =>
  node.ctr(["tasks", "kill", "--signal", "SIGKILL", id]);
