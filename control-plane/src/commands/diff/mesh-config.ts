// Asks istiod for the mesh config of a cluster. If istiod cannot be asked, Istio's defaults are used, with a warning that has the reason.

import { controllerComponent, istiodLabels, labelSelector } from "../../core/labels.ts";
import { defaultMeshConfig, type MeshConfig } from "../../core/mesh-config.ts";
import { isReady } from "../../core/ready.ts";
import { chooseMeshConfig } from "../../istiod/choose-mesh-config.ts";
import { debugPort as debugPortOf } from "../../istiod/debug.ts";
import { askAll } from "../../istiod/watch-mesh-config.ts";
import type { Cluster } from "../../kube/cluster.ts";
import { clusterDomainOf, debugPort } from "../../kube/istiod-pods.ts";
import type { Forwarded } from "../../kube/port-forward.ts";
import { resources } from "../../kube/resources.ts";
import { installationOf } from "../installation.ts";

/** `namespace`: the controller's, whose Deployment names istiod's; without a Deployment, istiod is looked for there. */
export async function meshConfigOf(
  cluster: Cluster,
  namespace: string,
): Promise<{ readonly mesh: MeshConfig; readonly warnings: readonly string[] }> {
  const forwarded: Forwarded[] = [];
  try {
    const controllers = await cluster.list(resources.deployments, {
      namespace,
      labels: labelSelector(controllerComponent),
    });
    const istiodNamespace = controllers[0] === undefined ? namespace : installationOf(controllers[0]).rootNamespace;
    const pods = await cluster.list(resources.pods, {
      namespace: istiodNamespace,
      labels: labelSelector(istiodLabels),
    });
    const ready = pods.filter(isReady);
    for (const pod of ready) forwarded.push(await cluster.forward(pod, debugPort));
    const clusterDomain = ready.map(clusterDomainOf).find((domain) => domain !== undefined);
    // istiod answers requests from loopback without a token.
    const found = await askAll(forwarded, debugPortOf(undefined), {
      clusterDomain,
      istiodNamespace,
    });
    return { mesh: chooseMeshConfig(found), warnings: [] };
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
