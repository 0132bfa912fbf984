// A cluster as tests use it, whether this machine runs its parts itself (cluster.ts) or kind does (kind/kind.ts).
import type { Ended } from "../process/run.ts";
import type { ApiServer, Kubectl } from "./control-plane.ts";
import type { Node } from "./node/node.ts";

export interface ClusterOptions {
  /** 0 to 9, default 2. With none there is an API server, and no pod runs. */
  readonly nodes?: number;
  /** With istiod and the CRDs of Istio, the Gateway API and Expedite; needs a node. Default false. */
  readonly istio?: boolean;
}

export interface Cluster {
  /** As cluster-admin. */
  readonly kubectl: Kubectl;
  readonly nodes: readonly Node[];
  /** A program and its arguments, run where the API server is reached, with KUBECONFIG of cluster-admin. */
  run(command: readonly string[]): Promise<Ended>;
  readonly apiServer: ApiServer;
  /** Ends every part, and removes what it left. Once is enough; twice does no harm. */
  stop(): Promise<void>;
}
