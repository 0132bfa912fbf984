// (c) A level's cluster that a proven request takes equals the route's own cluster in everything but name, SNI, subset and DSCP. A missing
// one is not a difference, because the request then takes the route's own. An aggregate is taken if it exists, and its last member is the
// original.
import { levelSubset } from "@expedite/filter/config/level-cluster.ts";
import { type Difference, differences } from "../differences.ts";
import { type Generation, isOurRoute, type ProxyConfig, virtualHostsOf } from "../generation.ts";
import type { Json } from "../protocol.ts";
import { destinationsOf, filterOf, outbound, variantOf } from "./proven.ts";

export type Taken = { readonly differences: readonly Difference[]; readonly found: number; readonly missing: number };

export function levelClusters(generation: Generation): Taken {
  const all = [...generation].map(([proxy, config]) => ofProxy(proxy, config));
  return {
    differences: all.flatMap((one) => one.differences),
    found: all.reduce((sum, one) => sum + one.found, 0),
    missing: all.reduce((sum, one) => sum + one.missing, 0),
  };
}

function ofProxy(proxy: string, config: ProxyConfig): Taken {
  const filter = filterOf(config);
  if (filter === undefined) return { differences: [], found: 0, missing: 0 };
  const proven = outbound(config)
    .flatMap(([, resource]) => virtualHostsOf(resource))
    .flatMap(({ routes = [] }) => routes)
    .filter((route) => !isOurRoute(route) && variantOf(route, filter) !== undefined)
    .flatMap(destinationsOf);
  const taken = [...new Set(proven)].flatMap((original) =>
    (filter.config.levelClusters ?? []).map((level) => ({ original, level: nameOf(original, level) })),
  );
  const found = taken.filter(({ level }) => config.clusters.has(level));
  return {
    differences: [
      ...found.flatMap(({ original, level }) => unlike(config, original, level, proxy)),
      ...taken.flatMap(({ original, level }) => aggregate(config, original, level, proxy)),
    ],
    found: found.length,
    missing: taken.length - found.length,
  };
}

/** `outbound|80|v2|host` → `outbound|80|expedite-batch--v2|host` */
function nameOf(original: string, level: string): string {
  const [direction, port, subset, ...host] = original.split("|");
  return [direction, port, levelSubset(level, subset), ...host].join("|");
}

function unlike({ clusters }: ProxyConfig, original: string, level: string, proxy: string): readonly Difference[] {
  const own = clusters.get(original)?.value;
  const path = `${proxy} clusters ${level}`;
  if (own === undefined) return [{ check: "c: level cluster without its original", path }];
  return differences(alike(own), alike(clusters.get(level)!.value)).map(({ path: field, a, b }) => ({
    ...{ check: "c: as its original", path: `${path}: ${field}`, without: a, with: b },
  }));
}

/** What a level's cluster must have in common with its original. */
function alike(value: Json): Json {
  const { name: _, altStatName: __, metadata, upstreamBindConfig: ___, edsClusterConfig, ...rest } = value;
  const { istio, ...others } = ((metadata as Json)?.filterMetadata ?? {}) as { readonly istio?: Json };
  const { config: ____, subset: _____, ...facts } = istio ?? {};
  const { serviceName: ______, ...discovery } = (edsClusterConfig ?? {}) as Json;
  return { ...withoutSni(rest), filterMetadata: { ...others, istio: facts }, discovery } as Json;
}

/** Istio's own TLS names a subset's cluster in its SNI. */
function withoutSni(value: unknown): object {
  return JSON.parse(JSON.stringify(value), (key, field) =>
    key === "sni" && typeof field === "string" && field.startsWith("outbound_") ? undefined : field,
  ) as object;
}

/** Checks the aggregate for a level's cluster if a Service has pods dedicated to the level: its last member is the original. */
function aggregate({ clusters }: ProxyConfig, original: string, level: string, proxy: string): readonly Difference[] {
  const name = level.replace("outbound", "expedite");
  const type = (clusters.get(name)?.value.clusterType ?? {}) as { readonly typedConfig?: Json };
  const members = (type.typedConfig?.clusters ?? []) as readonly string[];
  if (members.length === 0 || !clusters.has(original) || members.at(-1) === original) return [];
  return [{ check: "c: aggregate", path: `${proxy} clusters ${name}`, without: original, with: members }];
}
