// In: a cluster. Out: what its default routes say besides their cluster, as istiod writes them, or a warning with why nobody knows.
import type { Snapshot } from "../core/snapshot.ts";
import { DefaultRouteSamples } from "../istiod/default-route-samples.ts";
import { istiodMesh } from "../istiod/mesh.ts";
import type { Cluster, Forwarded } from "../kube/cluster.ts";
import { isReady } from "../kube/ready.ts";

/** istiod answers loopback without a token. */
const monitoringPort = 15_014;

/** `routes` undefined: as Istio has them by itself. */
export async function defaultRoutes(
  cluster: Cluster,
): Promise<{ readonly routes?: Snapshot["defaultRoutes"]; readonly warnings: readonly string[] }> {
  const assumed = "the timeouts and retries of the mesh's default routes are taken to be Istio's own";
  const forwarded: Forwarded[] = [];
  try {
    const pods = await cluster.list({ apiVersion: "v1", kind: "Pod" }, { labels: "app=istiod" });
    for (const pod of pods.filter(isReady)) forwarded.push(await cluster.forward(pod, monitoringPort));
    const mesh = istiodMesh({ istiods: () => forwarded.map(({ url }) => url) });
    const { routes, failure } = await new DefaultRouteSamples(mesh.defaultRoutes).look(await mesh.proxies());
    if (routes.length > 0) return { routes, warnings: [] };
    if (failure !== undefined) throw failure;
    return { warnings: [`no sidecar is there to be looked at: ${assumed}`] };
  } catch (error) {
    return { warnings: [`istiod could not be asked (${(error as Error).message}): ${assumed}`] };
  } finally {
    for (const { close } of forwarded) close();
  }
}
