// In: what a namespace's or a gateway's proxies choose. Out: patches that mark the levels' clusters and add the aggregates.
import { levelSubset } from "../../core/level-subset.ts";
import type { Destination, Plan, RouteChoice } from "../../core/plan.ts";
import { aggregate } from "../envoy/cluster.ts";
import { aggregateCluster, levelCluster, originalCluster } from "../envoy/names.ts";
import { markedBy } from "../envoy/socket-options.ts";
import { type ConfigPatch, type Context, configPatch } from "./envoy-filter.ts";

/** `everywhere`: levels that have a subset wherever they can. */
export function clusterPatches(
  plan: Plan,
  context: Context,
  choices: readonly RouteChoice[],
  everywhere: readonly string[] = [],
): readonly ConfigPatch[] {
  const destinations = [
    ...new Map(choices.map(({ destination }) => [originalCluster(destination), destination])).values(),
  ];
  return [
    ...marks(plan, context, everywhere, destinations),
    ...destinations.flatMap((destination) =>
      destination.levels.map((level) =>
        configPatch("CLUSTER", context, {}, "ADD", fallThrough(plan, destination, level)),
      ),
    ),
  ];
}

/** One patch for each name of a subset: without a service it is for every host's (Istio: CLUSTER match). */
function marks(
  plan: Plan,
  context: Context,
  everywhere: readonly string[],
  destinations: readonly Destination[],
): readonly ConfigPatch[] {
  const addresses = plan.addressFamilies.map((family) => anyAddress[family]);
  const names = new Map([
    ...everywhere.map((level) => [levelSubset(level), level] as const),
    ...destinations.flatMap(({ host, levels, subset }) =>
      levels.map((level) => [levelSubset(level, subset, isDedicated(plan, host, level)), level] as const),
    ),
  ]);
  return [...names].flatMap(([subset, level]) => {
    const dscp = plan.levels.find(({ name }) => name === level)?.dscp ?? 0;
    if (dscp === 0) return [];
    const value = { upstream_bind_config: markedBy(dscp, addresses) };
    return [configPatch("CLUSTER", context, { cluster: { subset } }, "MERGE", value)];
  });
}

const anyAddress = { IPv4: "0.0.0.0", IPv6: "::" } as const;

function isDedicated({ dedicated }: Plan, host: string, level: string): boolean {
  return dedicated[host]?.includes(level) ?? false;
}

/** The level's own connections, and the destination's where those are missing: with the host's name for telemetry. */
function fallThrough(plan: Plan, destination: Destination, level: string) {
  const [name = "", namespace = ""] = destination.host.split(".");
  return {
    ...aggregate(aggregateCluster(destination, level), [
      levelCluster(destination, level, isDedicated(plan, destination.host, level)),
      originalCluster(destination),
    ]),
    metadata: { filter_metadata: { istio: { services: [{ host: destination.host, name, namespace }] } } },
  };
}
