// Makes the connection that a kubeconfig describes, found as kubectl finds it. It imports the large client library, so the controller uses
// it only outside a pod.
import { existsSync } from "node:fs";
import type { RequestOptions } from "node:https";
import { delimiter } from "node:path";
import { KubeConfig } from "@kubernetes/client-node";
import type { Connection } from "./connection.ts";

/** The values of `--kubeconfig` and `--context`. */
export type Kubeconfig = { readonly kubeconfig?: string; readonly context?: string };

/** The context that the library makes up, for a server on localhost, when it finds nothing. */
const madeUp = "loaded-context";

/** The flag, otherwise KUBECONFIG, otherwise ~/.kube/config, otherwise the pod's account. @throws Error with the file or context */
export function loadKubeConfig({ kubeconfig, context }: Kubeconfig): KubeConfig {
  const config = kubeconfig === undefined ? defaultConfig() : fileConfig(kubeconfig);
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

function fileConfig(file: string): KubeConfig {
  if (!existsSync(file)) throw new Error(`kubeconfig ${file}: does not exist`);
  const config = new KubeConfig();
  try {
    config.loadFromFile(file);
  } catch (error) {
    throw new Error(`kubeconfig ${file}: ${(error as Error).message}`);
  }
  return config;
}

function defaultConfig(): KubeConfig {
  const files = (process.env.KUBECONFIG ?? "").split(delimiter).filter((file) => file !== "");
  if (files.length > 0) {
    const there = files.filter((file) => existsSync(file));
    if (there.length === 0)
      throw new Error(
        `KUBECONFIG names no file that exists: ${files.join(delimiter)}; correct it, or pass --kubeconfig`,
      );
    return merged(there.map(fileConfig));
  }
  const config = new KubeConfig();
  config.loadFromDefault();
  if (config.getCurrentContext() === madeUp)
    throw new Error("no kubeconfig: pass --kubeconfig or set KUBECONFIG; there is no ~/.kube/config either");
  return config;
}

/** As kubectl merges files: the first that says something wins. The library takes the last current context, so another cluster. */
function merged(configs: readonly KubeConfig[]): KubeConfig {
  const config = new KubeConfig();
  config.loadFromOptions({
    clusters: firstOfEach(configs.flatMap((one) => one.getClusters())),
    users: firstOfEach(configs.flatMap((one) => one.getUsers())),
    contexts: firstOfEach(configs.flatMap((one) => one.getContexts())),
    currentContext: configs.map((one) => one.getCurrentContext()).find(Boolean) ?? "",
  });
  return config;
}

function firstOfEach<T extends { readonly name: string }>(named: readonly T[]): readonly T[] {
  return named.filter(({ name }, index) => named.findIndex((other) => other.name === name) === index);
}

/** For messages: the context, and its server. */
export const nameOfCluster = (config: KubeConfig): string =>
  `${config.getCurrentContext() || "default"} (${config.getCurrentCluster()?.server ?? "no server"})`;

/** @throws when the current context names no cluster, or one that the library refuses */
export function connectionOf(config: KubeConfig): Connection {
  const cluster = config.getCurrentCluster();
  if (cluster === null) throw new Error("kubeconfig: current-context names no cluster; set it to a context that does");
  if (cluster.server.startsWith("http:") && !cluster.skipTLSVerify)
    throw new Error(
      `kubeconfig: ${cluster.server} of cluster ${cluster.name} is not HTTPS; allowed only with insecure-skip-tls-verify: true`,
    );
  return {
    server: cluster.server.replace(/\/$/, ""),
    options: async () => {
      const options: RequestOptions = {};
      await config.applyToHTTPSOptions(options);
      return options;
    },
  };
}
