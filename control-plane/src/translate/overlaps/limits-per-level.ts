// A user's limits of connections and of errors hold for each cluster, and each level has clusters of its own, which inherit them.
import type { DestinationRule } from "../../api/istio.ts";
import type { FieldPath } from "../../api/parse.ts";
import type { SubsetRule } from "../../core/plan.ts";
import type { Snapshot } from "../../core/snapshot.ts";
import type { Verdict } from "../../core/verdict.ts";
import { finding, verdictOn } from "../finding.ts";

/** @param subsetRules those of the levels: one beside a user's rule has its host and its namespace */
export function limitsPerLevel(
  { destinationRules, ladder }: Pick<Snapshot, "destinationRules" | "ladder">,
  subsetRules: readonly SubsetRule[],
): readonly Verdict[] {
  if (ladder.spec.mode !== "Enforce") return [];
  const levels = new Map(
    subsetRules.map(({ namespace, host, subsets }) => [
      `${namespace} ${host}`,
      new Set(subsets.map(({ level }) => level)).size,
    ]),
  );
  return destinationRules.flatMap((rule) => {
    const { namespace } = rule.metadata;
    const own = levels.get(`${namespace} ${rule.spec.host}`) ?? 0;
    return own === 0 ? [] : limitsOf(rule).map(([field, what]) => overlap(rule, { field, what, clusters: own + 1 }));
  });
}

type Limit = "connectionPool" | "outlierDetection";

function limitsOf({ spec }: DestinationRule): readonly (readonly [FieldPath, Limit])[] {
  const within = (policy: unknown, path: FieldPath): readonly (readonly [FieldPath, Limit])[] =>
    (["connectionPool", "outlierDetection"] as const)
      .filter((limit) => (policy as Readonly<Record<string, unknown>> | undefined)?.[limit] !== undefined)
      .map((limit) => [[...path, limit], limit] as const);
  return [
    ...within(spec.trafficPolicy, ["spec", "trafficPolicy"]),
    ...spec.subsets.flatMap((subset, index) =>
      within(subset.trafficPolicy, ["spec", "subsets", index, "trafficPolicy"]),
    ),
  ];
}

type Found = { readonly field: FieldPath; readonly what: Limit; readonly clusters: number };

function overlap(rule: DestinationRule, { field, what, clusters }: Found): Verdict {
  const message =
    what === "connectionPool"
      ? `holds for each level of PriorityLadder default by itself, up to ${clusters} times in all; divide the limits by ${clusters}, or leave the host out of the ladder's levelClusters`
      : `counts errors and ejects pods for each level of PriorityLadder default by itself, so a level with few requests ejects late; allow for that, or leave the host out of the ladder's levelClusters`;
  return verdictOn(rule, finding("LoopsOverlap", field, message));
}
