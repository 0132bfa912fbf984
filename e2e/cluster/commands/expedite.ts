// Runs `expedite` as an administrator would, and modules of this repository with the same kubeconfig.
import { join } from "node:path";
import type { Cluster } from "../../kubernetes/running-cluster.ts";
import type { Ended } from "../../process/run.ts";

const cli = join(import.meta.dirname, "../../../control-plane/src/cli.ts");

/** Runs `expedite` with a kubeconfig of cluster-admin. */
export const expedite = (cluster: Cluster, ...args: readonly string[]): Promise<Ended> =>
  cluster.run(["node", cli, ...args]);

/** Runs a module's text in Node, with KUBECONFIG in its environment. */
export const runModule = (cluster: Cluster, text: string): Promise<Ended> =>
  cluster.run(["node", "--input-type=module", "--eval", text]);
