// In: pods of the snapshot. Out: which are ready, which a selector takes, which level one is dedicated to.
import type { Pod, Service } from "../api/kubernetes.ts";

export const gatewayNameLabel = "gateway.networking.k8s.io/gateway-name";
export const levelLabel = "expedite.dev/level";

/** Has an address and is not known to be unready or on its way out. */
export function isReady(pod: Pod): boolean {
  const condition = pod.status.conditions?.find((entry) => entry.type === "Ready");
  return (
    pod.status.podIP !== undefined && pod.metadata.deletionTimestamp === undefined && condition?.status !== "False"
  );
}

/** An empty selector takes none, as with a Service. */
export function isSelected(pod: Pod, selector: Readonly<Record<string, string>>): boolean {
  const wanted = Object.entries(selector);
  return wanted.length > 0 && wanted.every(([key, value]) => pod.metadata.labels?.[key] === value);
}

export function podsOfService(service: Service, pods: readonly Pod[]): Pod[] {
  return pods.filter(
    (pod) => pod.metadata.namespace === service.metadata.namespace && isSelected(pod, service.spec.selector),
  );
}

export function dedicatedLevel(pod: Pod): string | undefined {
  return pod.metadata.labels?.[levelLabel];
}

/** The name of the Gateway whose proxy the pod is. */
export function gatewayOf(pod: Pod): string | undefined {
  return pod.metadata.labels?.[gatewayNameLabel];
}
