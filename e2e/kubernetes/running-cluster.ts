// The interface of a cluster for tests, whether this machine runs its parts itself (cluster.ts) or kind does (kind/kind.ts).
import type { Ended } from "../process/run.ts";
import type { ApiServer, Kubectl } from "./control-plane.ts";
import type { Node } from "./node/node.ts";

export interface ClusterOptions {
  /** 0 to 9, default 2. With 0 there is an API server, but no pod runs. */
  readonly nodes?: number;
  /** With istiod and the CRDs of Istio, the Gateway API and Expedite; needs a node. Default false. */
  readonly istio?: boolean;
}

export interface Cluster {
  /** Runs kubectl as cluster-admin. */
  readonly kubectl: Kubectl;
  readonly nodes: readonly Node[];
  /** Runs a program where the API server can be reached, with KUBECONFIG of cluster-admin. */
  run(command: readonly string[]): Promise<Ended>;
  readonly apiServer: ApiServer;
  /** Ends every part, and removes what it left behind. A second call does no harm. */
  stop(): Promise<void>;
}
