// Makes a DestinationRule with only the subsets of levels, so that Istio merges it with a user's.
import { levelSubset } from "@expedite/filter/config/level-cluster.ts";
import { digest } from "../../core/digest.ts";
import { managedBy, suppressedMessages } from "../../core/labels.ts";
import { dedicatedSubset } from "../../core/level-subset.ts";
import type { Manifest } from "../../core/manifest.ts";
import type { LevelSubset, SubsetRule } from "../../core/plan.ts";

export function destinationRule({ host, namespace, exportTo, subsets }: SubsetRule): Manifest {
  const key = digest(`${host} ${exportTo.join()}`, 8);
  return {
    apiVersion: "networking.istio.io/v1",
    kind: "DestinationRule",
    metadata: {
      name: `expedite-${host.split(".")[0]}-${key}`,
      namespace,
      labels: managedBy,
      annotations: suppressedMessages,
    },
    spec: {
      host,
      ...(exportTo.length === 0 ? {} : { exportTo }),
      subsets: subsets.map((subset) => ({
        name: subsetName(subset),
        ...(Object.keys(subset.labels).length === 0 ? {} : { labels: subset.labels }),
        ...(subset.trafficPolicy === undefined ? {} : { trafficPolicy: subset.trafficPolicy }),
      })),
    },
  };
}

export function subsetName({ level, subset, isDedicated }: LevelSubset): string {
  return isDedicated === true ? dedicatedSubset(level, subset) : levelSubset(level, subset);
}
