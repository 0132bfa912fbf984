// Chooses what the files' verdicts and ladder say about one explained request.
import { withoutEffect as noEffect, reasons } from "../../api/reasons.ts";
import type { Snapshot } from "../../core/snapshot.ts";
import type { Verdict } from "../../core/verdict.ts";
import type { EntryPoint } from "./explanation/entry-point.ts";

/** Routes and hosts in the files that keep requests of every level on one connection: there, the level is known but has less effect. */
export function sharing(verdicts: readonly Verdict[]): readonly Verdict[] {
  return verdicts.filter(({ reason }) =>
    ["RouteNotPrioritised", "RouteReadsLevel", "HostNotPrioritised"].includes(reason),
  );
}

/** Why requests do not wait as a RequestQueue says. */
export function ofQueues(verdicts: readonly Verdict[]): readonly Verdict[] {
  return verdicts.filter(
    ({ on, reason }) => on.kind === "RequestQueue" && (reasons[reason].refused || noEffect.includes(reason)),
  );
}

export function notListed({ ladder }: Snapshot): readonly string[] {
  const { levelClusters } = ladder.spec;
  return levelClusters === undefined
    ? []
    : [
        `the ladder lists ${levelClusters.hosts.join(", ")} in levelClusters: requests to other Services share connections, whatever their level`,
      ];
}

/** Why no proxy at the entry point applies its policies. */
export function withoutEffect(verdicts: readonly Verdict[], { policies }: EntryPoint): readonly Verdict[] {
  return verdicts.filter(
    ({ on, reason }) =>
      on.kind === "PriorityPolicy" && noEffect.includes(reason) && policies.includes(`${on.namespace}/${on.name}`),
  );
}

/** Whether every target of every policy is without effect, so that the entry point's is too. */
export function isIdle({ policies }: Snapshot, entryPoint: EntryPoint, idle: readonly Verdict[]): boolean {
  const named = policies.filter(({ metadata }) =>
    entryPoint.policies.includes(`${metadata.namespace}/${metadata.name}`),
  );
  return named.every(({ metadata, spec: { targetRefs } }) => {
    const own = idle.filter(({ on }) => on.namespace === metadata.namespace && on.name === metadata.name);
    // Only sidecars can be without effect as those of a namespace.
    if (entryPoint.kind !== "Gateway" && own.some(({ field }) => field[0] === "metadata")) return true;
    const found = new Set(own.map(({ field: [, , index] }) => index));
    return targetRefs?.every((_, index) => found.has(index)) ?? false;
  });
}
