// In: pods that are no gateways and have not opted out, and accepted policies. Out: one sidecar for each pod.
import type { PriorityPolicy } from "../api/priority-policy.ts";
import type { Sidecar } from "../core/plan.ts";
import type { Snapshot } from "../core/snapshot.ts";
import { sidecarClassification } from "./classification.ts";
import { gatewayOf, isOptedOut, podsOfService } from "./pods.ts";

export function sidecars(snapshot: Snapshot, policies: readonly PriorityPolicy[]): Sidecar[] {
  return snapshot.pods
    .filter((pod) => gatewayOf(pod) === undefined && !isOptedOut(pod))
    .map((pod) => {
      const { name, namespace } = pod.metadata;
      const ports = pod.spec.containers
        .flatMap((container) => container.ports)
        .filter((port) => port.protocol === "TCP")
        .map((port) => port.containerPort);
      const services = snapshot.services
        .filter((service) => podsOfService(service, [pod]).length > 0)
        .map((service) => service.metadata.name)
        .sort();
      return {
        role: "sidecar",
        pod: name,
        namespace,
        ports: [...new Set(ports)].sort((a, b) => a - b),
        classification: sidecarClassification(policies, namespace, services),
      };
    });
}
