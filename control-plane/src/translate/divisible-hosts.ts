// In: Services of enrolled namespaces. Out: the HTTP ports whose requests can have connections by level, and which levels have.
import type { Pod, Service } from "../api/kubernetes.ts";
import type { Level } from "../core/plan.ts";
import type { Snapshot } from "../core/snapshot.ts";
import { hostName } from "./hosts.ts";
import { dedicatedLevel, isSelected } from "./pods.ts";
import { exportToOf } from "./visibility.ts";

export type DivisibleHost = {
  readonly name: string;
  readonly namespace: string;
  readonly host: string;
  readonly ports: readonly number[];
  readonly exportTo: readonly string[];
  /** Levels with connections of their own, highest first. */
  readonly levels: readonly string[];
  /** Of those the ones with pods of their own, ready or not: readiness is the proxies' business. */
  readonly dedicated: ReadonlySet<string>;
};

/** By full name. ExternalName and headless Services have clusters of another kind, and keep them. */
export function divisibleHosts(
  snapshot: Snapshot,
  enrolled: ReadonlySet<string>,
  levels: readonly Level[],
): ReadonlyMap<string, DivisibleHost> {
  const labelled = Map.groupBy(
    snapshot.pods.filter((pod) => dedicatedLevel(pod) !== undefined),
    ({ metadata }) => metadata.namespace,
  );
  const everywhere = ownClusters(snapshot, levels);
  return new Map(
    snapshot.services
      .filter((service) => enrolled.has(service.metadata.namespace) && isDivisible(service))
      .map((service): [string, DivisibleHost] => {
        const { name, namespace, annotations } = service.metadata;
        const dedicated = levelsOfPods(service, labelled.get(namespace) ?? []);
        const own = levels.filter(({ name }) => everywhere.includes(name) || dedicated.has(name));
        const host = hostName(namespace, name);
        const ports = service.spec.ports.filter(isHttp).map(({ port }) => port);
        const exportTo = exportToOf(annotations);
        return [host, { name, namespace, host, ports, exportTo, levels: own.map((level) => level.name), dedicated }];
      }),
  );
}

/** By host, for those that have some. */
export function dedicatedLevels(
  hosts: ReadonlyMap<string, DivisibleHost>,
): Readonly<Record<string, readonly string[]>> {
  return Object.fromEntries(
    [...hosts.values()]
      .map(({ host, levels, dedicated }) => [host, levels.filter((level) => dedicated.has(level))] as const)
      .filter(([, levels]) => levels.length > 0),
  );
}

/** The default level's unmarked connections to all pods are those that a service has anyway. */
export function ownClusters({ ladder }: Pick<Snapshot, "ladder">, levels: readonly Level[]): readonly string[] {
  return levels.filter(({ name, dscp }) => name !== ladder.spec.defaultLevel || dscp !== 0).map(({ name }) => name);
}

function isDivisible({ spec }: Service): boolean {
  return spec.type !== "ExternalName" && spec.clusterIP !== "None" && spec.ports.some(isHttp);
}

/** As Istio selects protocols: by appProtocol, else by the name's first part; a port that says neither is looked into. */
export function isHttp(port: Service["spec"]["ports"][number]): boolean {
  if (port.protocol !== "TCP") return false;
  const said = (port.appProtocol ?? port.name?.split("-")[0] ?? "")
    .toLowerCase()
    .replace(/^kubernetes\.io\/h2c$/, "http2");
  return !["tcp", "tls", "https", "mongo", "mysql", "redis", "udp", "hbone"].includes(said);
}

function levelsOfPods(service: Service, pods: readonly Pod[]): ReadonlySet<string> {
  return new Set(pods.filter((pod) => isSelected(pod, service.spec.selector)).map((pod) => dedicatedLevel(pod)!));
}
