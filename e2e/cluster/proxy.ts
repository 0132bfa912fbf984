// Queries the admin interface of a pod's proxy through the Istio agent next to it.
import type { Kubectl } from "../kubernetes/control-plane.ts";

export interface ProxyOf {
  readonly namespace: string;
  /** Where kubectl executes: a pod's name, or deployment/NAME. */
  readonly target: string;
}

/** @param path a path of the admin interface, with its query */
export function askProxy(kubectl: Kubectl, { namespace, target }: ProxyOf, path: string): Promise<string> {
  const agent = ["-c", "istio-proxy", "--", "pilot-agent", "request", "GET", path];
  return kubectl(["-n", namespace, "exec", target, ...agent]);
}

/** Reads a path that answers with JSON. */
export async function askProxyForJson(kubectl: Kubectl, proxy: ProxyOf, path: string): Promise<unknown> {
  const text = await askProxy(kubectl, proxy, path);
  // The agent may print something itself first.
  return JSON.parse(text.slice(text.indexOf("{")));
}

/** Names of the proxy's clusters that belong to a level. */
export async function levelClusters(kubectl: Kubectl, proxy: ProxyOf): Promise<readonly string[]> {
  const text = await askProxy(kubectl, proxy, "clusters");
  const names = [...text.matchAll(/^(expedite\|\S*?|outbound\|\d+\|expedite-\S*?)::/gm)].map(([, name = ""]) => name);
  return [...new Set(names)];
}

/**
 * Requests that the proxy has sent so far over each cluster of some hosts, by the cluster's subset.
 * @param hosts a regular expression of Services' names
 */
export async function sentBySubset(
  kubectl: Kubectl,
  proxy: ProxyOf,
  hosts: string,
): Promise<Readonly<Record<string, number>>> {
  const text = await askProxy(kubectl, proxy, "clusters");
  const counters = text.matchAll(
    new RegExp(`^outbound\\|9080\\|([^|]*)\\|(?:${hosts})\\.\\S+::rq_total::(\\d+)$`, "gm"),
  );
  const sent: Record<string, number> = {};
  for (const [, subset = "", count] of counters) sent[subset] = (sent[subset] ?? 0) + Number(count);
  return sent;
}
