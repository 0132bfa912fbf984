// Asks istiod for the mesh config of a cluster. If istiod cannot be asked, Istio's defaults are used, with a warning that has the reason.
import { defaultMeshConfig, type MeshConfig } from "../../core/mesh-config.ts";
import { isReady } from "../../core/ready.ts";
import { debugPort as debugPortOf } from "../../istiod/debug.ts";
import { askAll } from "../../istiod/watch-mesh-config.ts";
import type { Cluster } from "../../kube/cluster.ts";
import { clusterDomainOf, debugPort } from "../../kube/istiod-pods.ts";
import type { Forwarded } from "../../kube/port-forward.ts";
import { resources } from "../../kube/resources.ts";

export async function meshConfigOf(
  cluster: Cluster,
): Promise<{ readonly mesh: MeshConfig; readonly warnings: readonly string[] }> {
  const forwarded: Forwarded[] = [];
  try {
    const pods = await cluster.list(resources.pods, { labels: "app=istiod" });
    const ready = pods.filter(isReady);
    for (const pod of ready) forwarded.push(await cluster.forward(pod, debugPort));
    const clusterDomain = ready.map(clusterDomainOf).find((domain) => domain !== undefined);
    // istiod answers requests from loopback without a token.
    const found = await askAll(forwarded, debugPortOf(undefined), {
      clusterDomain,
      rootNamespace: ready[0]?.metadata.namespace,
    });
    const isOne = new Set(found.map((config) => JSON.stringify(config))).size === 1;
    return {
      mesh: found[0]!,
      warnings: isOne ? [] : ["the istiod pods have different mesh configs; the first one's is used"],
    };
  } catch (error) {
    const assumed = "Istio's default mesh config is assumed";
    return {
      mesh: defaultMeshConfig,
      warnings: [`istiod could not be asked (${(error as Error).message}): ${assumed}`],
    };
  } finally {
    for (const { close } of forwarded) close();
  }
}
