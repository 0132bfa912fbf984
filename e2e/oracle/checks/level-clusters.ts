// (c) A level's cluster that a proven request takes is its route's own cluster in all but name, SNI, subset and mark. One that is
// missing is no difference: the request takes its own. What an aggregate stands for has to be there.
import { levelSubset } from "@expedite/filter/config/level-cluster.ts";
import { type Difference, differences } from "../differences.ts";
import type { Json } from "../protocol.ts";
import { type Generation, isOurRoute, type ProxyConfig, virtualHostsOf } from "../world.ts";
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
      ...aggregates(config, proxy),
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

/** What a level's cluster has to have of its original. */
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

function aggregates({ clusters }: ProxyConfig, proxy: string): readonly Difference[] {
  return [...clusters].flatMap(([name, { value }]) => {
    const { typedConfig } = (value.clusterType ?? {}) as {
      readonly typedConfig?: { readonly clusters?: readonly string[] };
    };
    return (typedConfig?.clusters ?? [])
      .filter((one) => !clusters.has(one))
      .map((one): Difference => ({ check: "c: aggregate", path: `${proxy} clusters ${name}`, with: one }));
  });
}
