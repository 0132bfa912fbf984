// Asks a replica of the controller for something of its debug API.
import type { Cluster, ClusterObject } from "../../kube/cluster.ts";
import type { Installation } from "../installation.ts";

export type ControllerPlace = {
  readonly cluster: Cluster;
  readonly namespace: string;
  readonly installation: Installation;
};

export type Question = {
  /** The name of a pod, or the URL of a controller outside the cluster. */
  readonly who: string;
  readonly isUrl: boolean;
  readonly path: string;
};

/** @throws Error with the reason for which there is no answer */
export async function askController(
  { cluster, namespace, installation }: ControllerPlace,
  { who, isUrl, path }: Question,
): Promise<unknown> {
  if (isUrl) {
    const answer = await fetch(new URL(path, who), { signal: AbortSignal.timeout(5000) }).catch(noAnswer(who));
    if (!answer.ok) throw new Error(`${who} answered ${answer.status}`);
    return answer.json();
  }
  const pod: ClusterObject = { apiVersion: "v1", kind: "Pod", metadata: { namespace, name: who } };
  return cluster.get(pod, installation.port, path).catch(noAnswer(who));
}

const noAnswer =
  (who: string) =>
  (error: Error): never => {
    throw new Error(`${who} did not answer: ${error.message}`);
  };
