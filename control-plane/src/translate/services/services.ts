// Finds which Services' requests can have connections by level, and why the others' requests share connections.
import type { Snapshot } from "../../core/snapshot.ts";
import type { Verdict } from "../../core/verdict.ts";
import { sharedAddresses } from "./cluster-addresses.ts";
import { notIsolated, strayPods } from "./dedicated-pods.ts";
import { type EligibleHost, eligibleHosts, levelClusters } from "./eligible-hosts.ts";
import { type ExcludedHosts, excludedHosts, isListable, notPrioritised, tooManyExcluded } from "./excluded-hosts.ts";
import { namesNoService } from "./listed-hosts.ts";

export type Services = {
  /** By full name. */
  readonly eligible: ReadonlyMap<string, EligibleHost>;
  readonly excluded: ExcludedHosts;
  /** Levels with clusters of their own at some host, highest first. */
  readonly levelClusters: readonly string[];
  readonly verdicts: readonly Verdict[];
};

/** @param enrolled namespaces */
export function prioritisedServices(snapshot: Snapshot, enrolled: ReadonlySet<string>): Services {
  const excluded = excludedHosts(snapshot);
  const eligible = isListable(excluded) ? eligibleHosts(snapshot, enrolled, excluded.exclusion) : new Map();
  return {
    ...{ eligible, excluded, levelClusters: levelClusters(snapshot, eligible) },
    verdicts: [
      ...sharedAddresses(snapshot),
      ...strayPods(snapshot),
      ...notIsolated(snapshot),
      ...notPrioritised(snapshot, enrolled, excluded.exclusion),
      ...tooManyExcluded(snapshot, excluded),
      ...namesNoService(snapshot, enrolled),
    ],
  };
}
