// Makes one sidecar, with its classification, for each pod that is not a gateway and has not opted out.
import type { Pod } from "../../api/kubernetes.ts";
import { isSelectedByService } from "../../core/labels.ts";
import type { Sidecar } from "../../core/plan.ts";
import type { Snapshot } from "../../core/snapshot.ts";
import { gatewayOf, hasIPv6, isOptedOut } from "../pods.ts";
import { sidecarClassification } from "../policies/classification.ts";
import type { Attached } from "../policies/targets.ts";
import type { WorkloadQueue } from "../queues/accepted.ts";
import type { PodsOf } from "../services/service-pods.ts";

type Context = {
  readonly attached: Attached;
  readonly queues: readonly WorkloadQueue[];
  readonly podsOf: PodsOf;
};

export function sidecars(snapshot: Snapshot, { attached, queues, podsOf }: Context): Sidecar[] {
  const services = servicesByPod(snapshot, podsOf);
  return snapshot.pods
    .filter((pod) => gatewayOf(pod) === undefined && !isOptedOut(pod))
    .map((pod) => {
      const { name, namespace } = pod.metadata;
      const ports = pod.spec.containers
        .flatMap((container) => container.ports)
        .filter((port) => port.protocol === "TCP")
        .map((port) => port.containerPort);
      const queue = queues.find(
        (one) => one.namespace === namespace && isSelectedByService(one.selector, pod.metadata.labels),
      );
      return {
        role: "sidecar",
        pod: name,
        namespace,
        ...(hasIPv6(pod) ? { hasIPv6: true as const } : {}),
        ports: [...new Set(ports)].sort((a, b) => a - b),
        classification: sidecarClassification(attached, namespace, services.get(pod)?.sort() ?? []),
        ...(queue === undefined ? {} : { queue: queue.settings }),
      };
    });
}

function servicesByPod({ services }: Snapshot, podsOf: PodsOf): ReadonlyMap<Pod, string[]> {
  const found = new Map<Pod, string[]>();
  for (const service of services)
    for (const pod of podsOf(service)) {
      const there = found.get(pod);
      if (there === undefined) found.set(pod, [service.metadata.name]);
      else there.push(service.metadata.name);
    }
  return found;
}
