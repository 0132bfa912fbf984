// In: where subsets of levels are declared. Out: a DestinationRule with those subsets and nothing else, so that it merges with a user's.
import { createHash } from "node:crypto";
import { levelSubset } from "../../core/level-subset.ts";
import { type Manifest, managedBy, stepLabel } from "../../core/manifest.ts";
import type { SubsetRule } from "../../core/plan.ts";

export function destinationRule({ host, namespace, exportTo, subsets }: SubsetRule): Manifest {
  const key = createHash("sha256").update(`${host} ${exportTo.join()}`).digest("hex").slice(0, 8);
  return {
    apiVersion: "networking.istio.io/v1",
    kind: "DestinationRule",
    metadata: {
      name: `expedite-${host.split(".")[0]}-${key}`,
      namespace,
      labels: { ...managedBy, [stepLabel]: "clusters" },
    },
    spec: {
      host,
      ...(exportTo.length === 0 ? {} : { exportTo }),
      subsets: subsets.map(({ level, subset, isDedicated, labels }) => ({
        name: levelSubset(level, subset, isDedicated),
        ...(Object.keys(labels).length === 0 ? {} : { labels }),
      })),
    },
  };
}
