// Finds every Service port with its ready endpoints, all of them and by dedicated level.
import type { Pod, Service } from "../../api/kubernetes.ts";
import type { Endpoint, Host } from "../../core/plan.ts";
import { isReady } from "../../core/ready.ts";
import type { Snapshot } from "../../core/snapshot.ts";
import { addressesOf, dedicatedLevel, familyOf } from "../pods.ts";
import { clusterAddresses } from "../services/cluster-addresses.ts";
import type { PodsOf } from "../services/service-pods.ts";
import { hostName } from "../services/visibility.ts";

type Port = Service["spec"]["ports"][number];

export function hosts(snapshot: Snapshot, podsOf: PodsOf): Host[] {
  return snapshot.services
    .flatMap((service) => {
      const ready = podsOf(service).filter(isReady);
      return tcpPorts(service).map((port) => host(snapshot, { service, port, ready }));
    })
    .sort((a, b) => (a.host === b.host ? a.port - b.port : a.host < b.host ? -1 : 1));
}

function tcpPorts(service: Service): Port[] {
  return service.spec.ports.filter((port) => port.protocol === "TCP");
}

type At = { readonly service: Service; readonly port: Port; readonly ready: readonly Pod[] };

function host(snapshot: Snapshot, at: At): Host {
  const { service, port, ready } = at;
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
    dedicated: dedicated(snapshot, at),
  };
}

function dedicated({ ladder }: Snapshot, { service, port, ready }: At): Record<string, Endpoint[]> {
  const byLevel = (level: string): readonly Pod[] => ready.filter((pod) => dedicatedLevel(pod) === level);
  const entries = ladder.spec.levels.map(({ name }): [string, Endpoint[]] => [
    name,
    endpoints(service, byLevel(name), port),
  ]);
  return Object.fromEntries(entries.filter(([, found]) => found.length > 0));
}

/** One of the Service's families, as in its EndpointSlices; for a Service without families, the pod's first. */
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

/** A pod without a port of that name is not an endpoint, as in an EndpointSlice. */
function targetPort(pod: Pod, port: Port): number | undefined {
  const wanted = port.targetPort ?? String(port.port);
  if (/^\d+$/.test(wanted)) return Number(wanted);
  return pod.spec.containers.flatMap((container) => container.ports).find((entry) => entry.name === wanted)
    ?.containerPort;
}
