// The objects that the controller writes, as kubectl selects them.
import type { Kubectl } from "../kubernetes/control-plane.ts";
import { waitUntil } from "../process/wait.ts";

export const byExpedite = ["-l", "app.kubernetes.io/managed-by=expedite"];

/** Resolves once a namespace, or the whole cluster, has none of them. */
export async function nothingWritten(kubectl: Kubectl, namespace?: string): Promise<void> {
  const where = namespace === undefined ? ["-A"] : ["-n", namespace];
  const get = ["get", "envoyfilters,destinationrules", ...where, ...byExpedite, "-o", "name"];
  let left = "";
  const what = `${namespace ?? "the cluster"} has no object of Expedite's`;
  await waitUntil({ what, seconds: 30, detail: () => left }, async () => {
    left = await kubectl(get);
    return left === "";
  });
}
