// In: Services of enrolled namespaces. Out: the HTTP ports whose requests can have connections by level, and which levels have.
import type { Pod, Service } from "../../api/kubernetes.ts";
import type { Level } from "../../core/plan.ts";
import type { Snapshot } from "../../core/snapshot.ts";
import { levels } from "../levels.ts";
import { dedicatedLevel, isSelected } from "../pods.ts";
import type { Exclusion } from "./excluded-hosts.ts";
import { type HttpPorts, httpPorts, isDivisible } from "./http-ports.ts";
import { exportToOf, hostName, isExported } from "./visibility.ts";

export type EligibleHost = HttpPorts & {
  readonly name: string;
  readonly namespace: string;
  readonly host: string;
  readonly exportTo: readonly string[];
  /** Levels with connections of their own, highest first. */
  readonly levels: readonly string[];
  /** Of those the ones with pods of their own, ready or not: readiness is the proxies' business. */
  readonly dedicated: ReadonlySet<string>;
};

/** By full name, without those that are excluded. ExternalName and headless Services have clusters of another kind, and keep them. */
export function eligibleHosts(
  snapshot: Snapshot,
  enrolled: ReadonlySet<string>,
  exclusion: Exclusion,
): ReadonlyMap<string, EligibleHost> {
  const all = levels(snapshot.ladder);
  const labelled = Map.groupBy(
    snapshot.pods.filter((pod) => dedicatedLevel(pod) !== undefined),
    ({ metadata }) => metadata.namespace,
  );
  const everywhere = ownLevels(snapshot, all);
  const found = snapshot.services
    .filter((service) => enrolled.has(service.metadata.namespace) && isDivisible(service))
    .map((service): EligibleHost => {
      const { name, namespace, annotations } = service.metadata;
      const dedicated = levelsOfPods(service, labelled.get(namespace) ?? []);
      const own = all.filter((level) => everywhere.includes(level.name) || dedicated.has(level.name));
      return {
        ...{ name, namespace, host: hostName(namespace, name, snapshot.mesh), dedicated },
        ...httpPorts(service),
        exportTo: exportToOf(annotations),
        levels: own.map((level) => level.name),
      };
    });
  const hosts = found.filter(({ host, levels }) => levels.length > 0 && exclusion(host) === undefined);
  return new Map(hosts.map((host) => [host.host, host]));
}

export function isVisible({ exportTo, namespace }: EligibleHost, client: string, { mesh }: Snapshot): boolean {
  return isExported(exportTo, namespace, client, mesh.defaultExportTo.service);
}

/** The default level's unmarked connections to all pods are those that a Service has anyway. */
export function ownLevels({ ladder }: Pick<Snapshot, "ladder">, levels: readonly Level[]): readonly string[] {
  return levels.filter(({ name, dscp }) => name !== ladder.spec.defaultLevel || dscp !== 0).map(({ name }) => name);
}

/** Levels with clusters of their own at some host, highest first. */
export function levelClusters(
  snapshot: Snapshot,
  levels: readonly Level[],
  hosts: ReadonlyMap<string, EligibleHost>,
): readonly string[] {
  const found = new Set([
    ...ownLevels(snapshot, levels),
    ...[...hosts.values()].flatMap(({ dedicated }) => [...dedicated]),
  ]);
  return levels.filter(({ name }) => found.has(name)).map(({ name }) => name);
}

function levelsOfPods(service: Service, pods: readonly Pod[]): ReadonlySet<string> {
  return new Set(pods.filter((pod) => isSelected(pod, service.spec.selector)).map((pod) => dedicatedLevel(pod)!));
}
