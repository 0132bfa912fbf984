// Makes the patches that mark the levels' clusters, and aggregates if a level has dedicated pods: those first, then all pods on the level's
// connections, then the destination's own cluster.
import type { Destination, Plan, Routing } from "../../core/plan.ts";
import { aggregate } from "../xds/aggregate.ts";
import type { Message } from "../xds/message.ts";
import { aggregateCluster, dedicatedCluster, levelCluster, originalCluster } from "../xds/names.ts";
import { markedBy } from "../xds/socket-options.ts";
import { subsetName } from "./destination-rule.ts";
import { type ConfigPatch, type Context, configPatch } from "./envoy-filter.ts";

/** What a subset's clusters get in addition: the mark of its level. */
export type Mark = { readonly subset: string; readonly value: Message };

/** `marks`: the result of marksOf for the plan. */
export function clusterPatches(
  marks: readonly Mark[],
  context: Context,
  { dedicated }: Routing,
): readonly ConfigPatch[] {
  return [
    // Without a service, a patch applies to every host's subset with that name (Istio: CLUSTER match).
    ...marks.map(({ subset, value }) =>
      configPatch({ applyTo: "CLUSTER", context, match: { cluster: { subset } }, operation: "MERGE", value }),
    ),
    ...dedicated.flatMap((destination) =>
      destination.levels.map((level) =>
        configPatch({ applyTo: "CLUSTER", context, operation: "ADD", value: fallThrough(destination, level) }),
      ),
    ),
  ];
}

/** One for each name of a marked level's subset, sorted: the same for all proxies. */
export function marksOf(plan: Plan): readonly Mark[] {
  const addresses = plan.addressFamilies.map((family) => anyAddress[family]);
  const names = new Map(
    plan.subsetRules.flatMap(({ subsets }) => subsets.map((subset) => [subsetName(subset), subset.level] as const)),
  );
  return [...names]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([subset, level]) => {
      const dscp = plan.levels.find(({ name }) => name === level)?.dscp ?? 0;
      if (dscp === 0) return [];
      return [{ subset, value: { upstream_bind_config: markedBy(dscp, addresses) } }];
    });
}

const anyAddress = { IPv4: "0.0.0.0", IPv6: "::" } as const;

/** With the host's name for telemetry. */
function fallThrough(destination: Destination, level: string): Message {
  const [name = "", namespace = ""] = destination.host.split(".");
  return {
    ...aggregate(aggregateCluster(destination, level), [
      dedicatedCluster(destination, level),
      levelCluster(destination, level),
      originalCluster(destination),
    ]),
    metadata: { filter_metadata: { istio: { services: [{ host: destination.host, name, namespace }] } } },
  };
}
