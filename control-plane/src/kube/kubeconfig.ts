// Makes the connection that a kubeconfig describes, found as kubectl finds it. It imports the large client library, so the controller uses
// it only outside a pod.
import type { RequestOptions } from "node:https";
import { KubeConfig } from "@kubernetes/client-node";
import type { Connection } from "./connection.ts";

/** The values of `--kubeconfig` and `--context`. */
export type Kubeconfig = { readonly kubeconfig?: string; readonly context?: string };

/** The flag, otherwise KUBECONFIG, otherwise ~/.kube/config. @throws Error with the file or context */
export function loadKubeConfig({ kubeconfig, context }: Kubeconfig): KubeConfig {
  const config = new KubeConfig();
  if (kubeconfig === undefined) config.loadFromDefault();
  else config.loadFromFile(kubeconfig);
  if (context !== undefined) {
    const known = config.getContexts().map(({ name }) => name);
    if (!known.includes(context))
      throw new Error(
        `--context: there is no "${context}"; allowed: ${known.join(", ") || "none, the file has no context"}`,
      );
    config.setCurrentContext(context);
  }
  return config;
}

/** For messages: the context, and its server. */
export const nameOfCluster = (config: KubeConfig): string =>
  `${config.getCurrentContext() || "default"} (${config.getCurrentCluster()?.server ?? "no server"})`;

/** @throws when the current context names no cluster */
export function connectionOf(config: KubeConfig): Connection {
  const cluster = config.getCurrentCluster();
  if (cluster === null) throw new Error("kubeconfig: current-context names no cluster; set it to a context that does");
  return {
    server: cluster.server.replace(/\/$/, ""),
    options: async () => {
      const options: RequestOptions = {};
      await config.applyToHTTPSOptions(options);
      return options;
    },
  };
}
