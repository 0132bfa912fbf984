// In: Services and Pods. Out: every Service port with its ready endpoints, all of them and by dedicated level.
import type { Pod, Service } from "../api/kubernetes.ts";
import type { AddressFamily, Endpoint, Host } from "../core/plan.ts";
import type { Snapshot } from "../core/snapshot.ts";
import type { Verdict } from "../core/verdict.ts";
import { dedicatedLevel, isReady, levelLabel } from "./pods.ts";
import { type PodsOf, servicePods } from "./service-pods.ts";
import { hostName } from "./visibility.ts";

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
  const found = new Set(pods.flatMap(({ status }) => (status.podIP === undefined ? [] : [familyOf(status.podIP)])));
  return [...found].sort();
}

function familyOf(address: string): AddressFamily {
  return address.includes(":") ? "IPv6" : "IPv4";
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
    const { clusterIP } = service.spec;
    if (!isAddress(clusterIP)) return [];
    const owner = owners.get(clusterIP)?.metadata;
    if (owner === undefined) {
      owners.set(clusterIP, service);
      return [];
    }
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
function isAddress(clusterIP: string | undefined): clusterIP is string {
  return clusterIP !== undefined && clusterIP !== "" && clusterIP !== "None";
}

function tcpPorts(service: Service): Port[] {
  return service.spec.ports.filter((port) => port.protocol === "TCP");
}

function host(snapshot: Snapshot, service: Service, port: Port, ready: readonly Pod[]): Host {
  const { name, namespace } = service.metadata;
  const { clusterIP } = service.spec;
  const ports = tcpPorts(service).map((entry) => entry.port);
  return {
    name,
    namespace,
    host: hostName(namespace, name, snapshot.mesh),
    port: port.port,
    ...(isAddress(clusterIP) ? { clusterIP } : {}),
    isDefaultPort: port.port === (ports.includes(80) ? 80 : ports[0]),
    endpoints: endpoints(ready, port),
    dedicated: dedicated(snapshot, ready, port),
  };
}

function dedicated(snapshot: Snapshot, ready: readonly Pod[], port: Port): Record<string, Endpoint[]> {
  const entries = snapshot.ladder.spec.levels.map(({ name }): [string, Endpoint[]] => [
    name,
    endpoints(
      ready.filter((pod) => dedicatedLevel(pod) === name),
      port,
    ),
  ]);
  return Object.fromEntries(entries.filter(([, found]) => found.length > 0));
}

function endpoints(pods: readonly Pod[], port: Port): Endpoint[] {
  return pods
    .flatMap((pod): Endpoint[] => {
      const target = targetPort(pod, port);
      const address = pod.status.podIP;
      return target === undefined || address === undefined ? [] : [{ address, port: target }];
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
