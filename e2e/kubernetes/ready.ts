// Waits for what Kubernetes does after it has answered: serving new kinds, starting Deployments, starting and ending pods.
import { timeout } from "../process/limit.ts";
import { waitUntil } from "../process/wait.ts";
import type { Kubectl } from "./control-plane.ts";

/**
 * Resolves once the API server serves the kinds and kubectl can see them, which is later than Established.
 * @param kinds plural names, with the group if another group has the same name
 */
export async function served(kubectl: Kubectl, kinds: readonly string[]): Promise<void> {
  await kubectl(["wait", "--for=condition=Established", "crd", "--all", timeout(30)]);
  await waitUntil({ what: `${kinds.join(", ")} are served`, seconds: 30 }, async () => {
    await kubectl(["get", kinds.join(","), "-A"]);
    return true;
  });
}

/** Resolves once every pod of a Deployment is up to date and available; the Deployment itself may be created later. */
export async function available(kubectl: Kubectl, namespace: string, deployment: string): Promise<void> {
  const detail = (): Promise<string> => kubectl(["-n", namespace, "describe", "pods"]);
  await waitUntil({ what: `Deployment ${namespace}/${deployment} is available`, seconds: 60, detail }, async () => {
    await kubectl(["-n", namespace, "rollout", "status", `deployment/${deployment}`, "--timeout=5s"]);
    return true;
  });
}

/** @param pods a selection for kubectl: names, or `-l` with labels */
export const podsReady = (kubectl: Kubectl, namespace: string, pods: readonly string[]): Promise<string> =>
  kubectl(["-n", namespace, "wait", "--for=condition=Ready", "pod", ...pods, timeout(60)]);

/** @param pods a selection for kubectl */
export const podsGone = (kubectl: Kubectl, namespace: string, pods: readonly string[]): Promise<string> =>
  kubectl(["-n", namespace, "wait", "--for=delete", "pod", ...pods, timeout(30)]);
