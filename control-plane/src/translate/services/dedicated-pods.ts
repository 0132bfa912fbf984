// Checks the pods that are dedicated to a level: the level has to exist, and a Service's other levels should not use them.
import { levelLabel } from "../../core/labels.ts";
import { isReady } from "../../core/ready.ts";
import type { Snapshot } from "../../core/snapshot.ts";
import type { Verdict } from "../../core/verdict.ts";
import { finding, verdictOn } from "../finding.ts";
import { dedicatedLevel } from "../pods.ts";
import { servicePods } from "./service-pods.ts";

export function strayPods({ ladder, pods }: Snapshot): readonly Verdict[] {
  const names = ladder.spec.levels.map((level) => level.name);
  return pods.flatMap((pod): Verdict[] => {
    const level = dedicatedLevel(pod);
    if (level === undefined || names.includes(level)) return [];
    const message = `is not a level of PriorityLadder ${ladder.metadata.name}; allowed: ${names.join(", ")}`;
    return [verdictOn(pod, finding("Invalid", ["metadata", "labels", levelLabel], message))];
  });
}

/** A subset can only select pods with a label, so a level without dedicated replicas also uses those of another. */
export function notIsolated(snapshot: Snapshot): readonly Verdict[] {
  const names = snapshot.ladder.spec.levels.map((level) => level.name);
  const podsOf = servicePods({ pods: snapshot.pods.filter((pod) => dedicatedLevel(pod) !== undefined) });
  return snapshot.services.flatMap((service): Verdict[] => {
    const dedicated = podsOf(service).filter(isReady);
    const own = new Set(dedicated.map((pod) => dedicatedLevel(pod)!).filter((level) => names.includes(level)));
    const shared = names.filter((name) => !own.has(name));
    if (own.size === 0 || shared.length === 0) return [];
    const message = `selects replicas dedicated to ${[...own].join(", ")} that also serve ${shared.join(", ")}; to separate them, label replicas ${levelLabel} for each level`;
    return [verdictOn(service, finding("NotIsolated", ["spec", "selector"], message))];
  });
}
