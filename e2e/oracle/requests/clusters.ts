// Chooses the clusters that both Envoys have, with and without Expedite: those that routes name, and each level's. Some are missing on
// purpose, always the same ones: level clusters whose original exists, and now and then a cluster that a user's route names.
import { fnv1a, levelSubset } from "@expedite/filter/config/level-cluster.ts";
import { longNames } from "../mesh/names.ts";
import { levels } from "../mesh/place.ts";
import type { Json } from "../protocol.ts";

/** Whether a name belongs to the given one of `parts` equal parts of all names. */
const isIn = (name: string, part: number, parts: number): boolean =>
  Number.parseInt(fnv1a(name).slice(8), 16) % parts === part;

type Level = { readonly level: string; readonly aggregate: string; readonly dedicated: string };

function levelOf(original: string, name: string): Level {
  const [direction, port, subset, ...host] = original.split("|");
  const level = [direction, port, levelSubset(name, subset), ...host].join("|");
  const dedicated = [direction, port, levelSubset(`-own-${name}`, subset), ...host].join("|");
  return { level, aggregate: level.replace(/^outbound/, "expedite"), dedicated };
}

/** The levels of every mesh. */
const allLevels = [...levels, ...levels.map(longNames.level)];

export class Clusters {
  /** Clusters with an endpoint, which answers with their name. */
  readonly answering = new Set<string>();
  /** Aggregates by name, with the members that each tries in turn. */
  readonly aggregates = new Map<string, readonly string[]>();

  constructor(routes: Iterable<Json>) {
    for (const name of new Set([...routes].flatMap(namedBy))) {
      if (isIn(name, 0, 12)) continue;
      this.answering.add(name);
      if (name.startsWith("outbound|")) for (const level of allLevels) this.#add(name, levelOf(name, level));
    }
  }

  #add(original: string, { level, aggregate, dedicated }: Level): void {
    if (isIn(level, 0, 5)) return;
    this.answering.add(level);
    if (!isIn(level, 1, 5)) return;
    this.answering.add(dedicated);
    this.aggregates.set(aggregate, [dedicated, level, original]);
  }

  /**
   * The clusters whose applications may answer a request of the level on a shared route: the level's if it exists, otherwise the original.
   * Only a retry may reach a later one.
   */
  ofLevel(original: string, name: string): readonly string[] {
    const { level, aggregate } = levelOf(original, name);
    return this.aggregates.get(aggregate) ?? [this.answering.has(level) ? level : original];
  }

  /** @param socketOf returns the path of the socket on which a cluster's application listens */
  resources(socketOf: (name: string) => string): readonly Json[] {
    const endpoints = (name: string) => [
      { lb_endpoints: [{ endpoint: { address: { pipe: { path: socketOf(name) } } } }] },
    ];
    return [
      ...[...this.answering].map((name) => ({
        ...{ name, type: "STATIC", ...unlimited, load_assignment: { cluster_name: name, endpoints: endpoints(name) } },
      })),
      ...[...this.aggregates].map(([name, clusters]) => ({
        ...{ name, lb_policy: "CLUSTER_PROVIDED", ...unlimited },
        cluster_type: { name: "envoy.clusters.aggregate", typed_config: { "@type": aggregateType, clusters } },
      })),
    ];
  }
}

const aggregateType = "type.googleapis.com/envoy.extensions.clusters.aggregate.v3.ClusterConfig";

/** The default allows three retries at a time, among which those of other requests would count. */
const many = 4_294_967_295;
const limits = { max_connections: many, max_pending_requests: many, max_requests: many, max_retries: many };
const unlimited = { connect_timeout: "10s", circuit_breakers: { thresholds: [limits] } };

/** Every name of a cluster in routes. */
function namedBy(value: unknown): readonly string[] {
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, field]) => {
    if (key === "cluster" && typeof field === "string") return [field];
    if (key !== "weightedClusters") return namedBy(field);
    return (field as { readonly clusters: readonly { readonly name: string }[] }).clusters.map(({ name }) => name);
  });
}
