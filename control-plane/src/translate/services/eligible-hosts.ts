// Finds the Services in enrolled namespaces whose requests can have connections by level: at which ports, and for which levels.
import type { Pod, Service } from "../../api/kubernetes.ts";
import { isSelectedByService } from "../../core/labels.ts";
import type { Level } from "../../core/plan.ts";
import type { Snapshot } from "../../core/snapshot.ts";
import { levels } from "../levels.ts";
import { dedicatedLevel } from "../pods.ts";
import type { Exclusion } from "./excluded-hosts.ts";
import { type HttpPorts, httpPorts, isEligible } from "./http-ports.ts";
import { listedInLadder } from "./listed-hosts.ts";
import { exportToOf, hostName, isExported } from "./visibility.ts";

export type EligibleHost = HttpPorts & {
  readonly name: string;
  readonly namespace: string;
  readonly host: string;
  readonly exportTo: readonly string[];
  /** Levels with connections of their own, highest first. */
  readonly levels: readonly string[];
  /** Those of them with dedicated pods, ready or not, because proxies handle readiness. */
  readonly dedicated: ReadonlySet<string>;
};

/**
 * By full name, without excluded hosts and those that the ladder leaves out. ExternalName and headless Services have other kinds of
 * clusters, and keep them.
 */
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
  const everywhere = levelsOfEveryHost(snapshot, all);
  const found = snapshot.services
    .filter((service) => enrolled.has(service.metadata.namespace) && isEligible(service))
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
  const isListed = listedInLadder(snapshot.ladder);
  const hosts = found.filter(
    ({ host, levels, dedicated }) =>
      levels.length > 0 && exclusion(host) === undefined && (isListed(host) || dedicated.size > 0),
  );
  return new Map(hosts.map((host) => [host.host, host]));
}

export function isVisible(host: EligibleHost, client: string, { mesh }: Snapshot): boolean {
  return isExported(host, client, mesh.defaultExportTo.service);
}

/** Levels with clusters at every eligible host: all except an unmarked default level, whose requests take the Service's own cluster. */
export function levelsOfEveryHost({ ladder }: Pick<Snapshot, "ladder">, levels: readonly Level[]): readonly string[] {
  return levels.filter(({ name, dscp }) => name !== ladder.spec.defaultLevel || dscp !== 0).map(({ name }) => name);
}

/** Levels with clusters of their own at some host, highest first. */
export function levelClusters(snapshot: Snapshot, hosts: ReadonlyMap<string, EligibleHost>): readonly string[] {
  const all = levels(snapshot.ladder);
  const found = new Set([
    ...levelsOfEveryHost(snapshot, all),
    ...[...hosts.values()].flatMap(({ dedicated }) => [...dedicated]),
  ]);
  return all.filter(({ name }) => found.has(name)).map(({ name }) => name);
}

function levelsOfPods(service: Service, pods: readonly Pod[]): ReadonlySet<string> {
  return new Set(
    pods
      .filter((pod) => isSelectedByService(service.spec.selector, pod.metadata.labels))
      .map((pod) => dedicatedLevel(pod)!),
  );
}
