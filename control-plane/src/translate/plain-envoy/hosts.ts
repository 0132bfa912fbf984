// In: Services and Pods. Out: every Service port with its ready endpoints, all of them and by dedicated level.
import type { Pod, Service } from "../../api/kubernetes.ts";
import type { AddressFamily, Endpoint, Host } from "../../core/plan.ts";
import type { Snapshot } from "../../core/snapshot.ts";
import type { Verdict } from "../../core/verdict.ts";
import { addressesOf, dedicatedLevel, familyOf, isReady, levelLabel } from "../pods.ts";
import { type PodsOf, servicePods } from "../services/service-pods.ts";
import { hostName } from "../services/visibility.ts";

type Port = Service["spec"]["ports"][number];

export function hosts(snapshot: Snapshot, podsOf: PodsOf): Host[] {
  return snapshot.services
    .flatMap((service) => {
      const ready = podsOf(service).filter(isReady);
      return tcpPorts(service).map((port) => host(snapshot, service, port, ready));
    })
    .sort((a, b) => (a.host === b.host ? a.port - b.port : a.host < b.host ? -1 : 1));
}

/** Each family that a pod has an address of, sorted; also of pods that are not ready yet. */
export function addressFamilies({ pods }: Snapshot): readonly AddressFamily[] {
  return [...new Set(pods.flatMap((pod) => addressesOf(pod).map(familyOf)))].sort();
}

/** A subset can only say "with this label", so a level without dedicated replicas also uses those of another. */
export function notIsolated(snapshot: Snapshot): Verdict[] {
  const names = snapshot.ladder.spec.levels.map((level) => level.name);
  const podsOf = servicePods({ pods: snapshot.pods.filter((pod) => dedicatedLevel(pod) !== undefined) });
  return snapshot.services.flatMap((service): Verdict[] => {
    const dedicated = podsOf(service).filter(isReady);
    const own = new Set(dedicated.map((pod) => dedicatedLevel(pod)!).filter((level) => names.includes(level)));
    const shared = names.filter((name) => !own.has(name));
    if (own.size === 0 || shared.length === 0) return [];
    return [
      {
        on: { kind: "Service", namespace: service.metadata.namespace, name: service.metadata.name },
        reason: "NotIsolated",
        field: ["spec", "selector"],
        message: `selects replicas dedicated to ${[...own].join(", ")} that also serve ${shared.join(", ")}; to keep them apart, label replicas ${levelLabel} for each level`,
      },
    ];
  });
}

/** A request that names an address has to mean one Service. */
export function sharedAddresses(snapshot: Snapshot): Verdict[] {
  const owners = new Map<string, Service>();
  return snapshot.services.flatMap((service): Verdict[] => {
    const own = clusterAddresses(service);
    const taken = own.find((address) => owners.has(address));
    for (const address of own) if (!owners.has(address)) owners.set(address, service);
    if (taken === undefined) return [];
    const owner = owners.get(taken)!.metadata;
    const { name, namespace } = service.metadata;
    return [
      {
        on: { kind: "Service", namespace, name },
        reason: "Invalid",
        field: ["spec", "clusterIP"],
        message: `is also that of Service ${owner.namespace}/${owner.name}; allowed: an address of its own, or None`,
      },
    ];
  });
}

/** A headless Service has none. */
function clusterAddresses({ spec: { clusterIP = "", clusterIPs = [] } }: Service): readonly string[] {
  return [...new Set([clusterIP, ...clusterIPs])].filter((address) => address !== "" && address !== "None");
}

function tcpPorts(service: Service): Port[] {
  return service.spec.ports.filter((port) => port.protocol === "TCP");
}

function host(snapshot: Snapshot, service: Service, port: Port, ready: readonly Pod[]): Host {
  const { name, namespace } = service.metadata;
  const [clusterIP, ...otherClusterIPs] = clusterAddresses(service);
  const ports = tcpPorts(service).map((entry) => entry.port);
  return {
    name,
    namespace,
    host: hostName(namespace, name, snapshot.mesh),
    port: port.port,
    ...(clusterIP === undefined ? {} : { clusterIP }),
    ...(otherClusterIPs.length === 0 ? {} : { otherClusterIPs }),
    isDefaultPort: port.port === (ports.includes(80) ? 80 : ports[0]),
    endpoints: endpoints(service, ready, port),
    dedicated: dedicated(snapshot, service, ready, port),
  };
}

function dedicated(
  { ladder }: Snapshot,
  service: Service,
  ready: readonly Pod[],
  port: Port,
): Record<string, Endpoint[]> {
  const byLevel = (level: string): readonly Pod[] => ready.filter((pod) => dedicatedLevel(pod) === level);
  const entries = ladder.spec.levels.map(({ name }): [string, Endpoint[]] => [
    name,
    endpoints(service, byLevel(name), port),
  ]);
  return Object.fromEntries(entries.filter(([, found]) => found.length > 0));
}

/** Of the Service's families, as its EndpointSlices are; of those of a Service that says none the one that is the pod's first. */
function endpoints({ spec }: Service, pods: readonly Pod[], port: Port): Endpoint[] {
  const families = spec.ipFamilies ?? spec.clusterIPs?.filter((address) => address !== "None").map(familyOf) ?? [];
  return pods
    .flatMap((pod): Endpoint[] => {
      const target = targetPort(pod, port);
      const own = addressesOf(pod);
      const [address, ...others] =
        families.length === 0
          ? own.slice(0, 1)
          : families.flatMap((family) => own.filter((one) => familyOf(one) === family));
      if (target === undefined || address === undefined) return [];
      return [{ address, port: target, ...(others.length === 0 ? {} : { otherAddresses: others }) }];
    })
    .sort((a, b) => (a.address < b.address ? -1 : 1));
}

/** A pod that has no port of the name is no endpoint, as in an EndpointSlice. */
function targetPort(pod: Pod, port: Port): number | undefined {
  const wanted = port.targetPort ?? String(port.port);
  if (/^\d+$/.test(wanted)) return Number(wanted);
  return pod.spec.containers.flatMap((container) => container.ports).find((entry) => entry.name === wanted)
    ?.containerPort;
}
