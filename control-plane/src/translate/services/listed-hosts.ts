// Decides which Services may have clusters by level, by the list in the ladder (docs/adr/0044-level-clusters-where-they-are-listed.md).
import type { PriorityLadder } from "../../api/priority-ladder.ts";
import { covers } from "../../core/host-pattern.ts";
import type { Snapshot } from "../../core/snapshot.ts";
import type { Verdict } from "../../core/verdict.ts";
import { isEligible } from "./http-ports.ts";
import { hostName } from "./visibility.ts";

/** Takes a host's full name. Without a list, every host is in it. */
export function listedInLadder({ spec }: PriorityLadder): (host: string) => boolean {
  const patterns = spec.levelClusters?.hosts;
  return (host) => patterns === undefined || patterns.some((pattern) => covers(pattern, host));
}

/** Entries that name nothing: a mistyped one would leave its Service on shared connections without a word. */
export function namesNoService(
  { ladder, services, mesh }: Snapshot,
  enrolled: ReadonlySet<string>,
): readonly Verdict[] {
  const patterns = ladder.spec.levelClusters?.hosts ?? [];
  if (patterns.length === 0) return [];
  const hosts = services
    .filter((service) => enrolled.has(service.metadata.namespace) && isEligible(service))
    .map(({ metadata: { name, namespace } }) => hostName(namespace, name, mesh));
  return patterns.flatMap((pattern, index): Verdict[] => {
    if (hosts.some((host) => covers(pattern, host))) return [];
    return [
      {
        on: { kind: "PriorityLadder", name: ladder.metadata.name },
        reason: "HostNotPrioritised",
        field: ["spec", "levelClusters", "hosts", index],
        message: `names no Service with an HTTP port in an enrolled namespace, so it has no effect; enrol the namespace, or remove the entry`,
      },
    ];
  });
}
