// Decides which policies are in force, oldest first, and reports why the others are refused.
import type { PriorityPolicy } from "../../api/priority-policy.ts";
import type { Snapshot } from "../../core/snapshot.ts";
import type { Verdict } from "../../core/verdict.ts";
import { type Finding, finding } from "../finding.ts";
import { targetsAtGateways } from "../gateways/host-owners.ts";
import { servingDeployments } from "../gateways/hosts.ts";
import { byAge } from "../order.ts";
import { selectorKey } from "../pods.ts";
import { targetFindings } from "./target-checks.ts";
import { targetIndex } from "./target-index.ts";
import { type Attached, attach, keyOf, type Target, targetsOf } from "./targets.ts";
import { whyUnattached } from "./unattached.ts";

export type Policies = {
  readonly accepted: readonly PriorityPolicy[];
  /** The same, by target. */
  readonly attached: Attached;
  readonly verdicts: readonly Verdict[];
};

/** @param serving that of the snapshot */
export function acceptedPolicies(snapshot: Snapshot, serving = servingDeployments(snapshot)): Policies {
  const accepted: PriorityPolicy[] = [];
  const verdicts: Verdict[] = [];
  const oldest = new Map<string, PriorityPolicy>();
  const claimOf = claims(snapshot);
  const surroundings = {
    index: targetIndex(snapshot),
    atGateways: targetsAtGateways(serving.deployments),
    whyUnattached: whyUnattached(snapshot, serving.unselected),
  };
  for (const policy of snapshot.policies.toSorted(byAge)) {
    const findings = [
      ...ladderFindings(policy, snapshot),
      ...targetFindings(policy, surroundings),
      ...conflicts(policy, oldest, claimOf),
    ];
    if (findings.length === 0) {
      accepted.push(policy);
      for (const target of targetsOf(policy)) oldest.set(claimOf(target), policy);
    }
    const { name, namespace } = policy.metadata;
    verdicts.push(...findings.map((found) => ({ on: { kind: "PriorityPolicy", namespace, name }, ...found })));
  }
  return { accepted, attached: attach(accepted), verdicts };
}

function ladderFindings(policy: PriorityPolicy, { ladder }: Snapshot): Finding[] {
  const { name } = ladder.metadata;
  if (policy.spec.ladder !== name)
    return [finding("Invalid", ["spec", "ladder"], `is not the ladder of this mesh; allowed: ${name}`)];
  const names = ladder.spec.levels.map((level) => level.name);
  const unknown = (field: Finding["field"], level: string | undefined): Finding[] =>
    level === undefined || names.includes(level)
      ? []
      : [finding("Invalid", field, `is not a level of PriorityLadder ${name}; allowed: ${names.join(", ")}`)];
  return [
    ...(policy.spec.rules ?? []).flatMap((rule, index) => unknown(["spec", "rules", index, "level"], rule.level)),
    ...unknown(["spec", "defaultLevel"], policy.spec.defaultLevel),
  ];
}

/** Whatever can have only one policy: a target, or the pods of Services with the same selector, because a sidecar has one filter. */
type ClaimOf = (target: Target) => string;

function claims({ services }: Snapshot): ClaimOf {
  const selectors = new Map(
    services.map(({ metadata: { namespace, name }, spec }) => [
      keyOf({ group: "", kind: "Service", namespace, name }),
      Object.keys(spec.selector).length === 0 ? undefined : `pods ${namespace} ${selectorKey(spec.selector)}`,
    ]),
  );
  return (target) => selectors.get(keyOf(target)) ?? keyOf(target);
}

/** @param oldest the accepted policy of each claim */
function conflicts(policy: PriorityPolicy, oldest: ReadonlyMap<string, PriorityPolicy>, claimOf: ClaimOf): Finding[] {
  return targetsOf(policy).flatMap((target, index) => {
    const older = oldest.get(claimOf(target));
    if (older === undefined) return [];
    const name = `PriorityPolicy ${older.metadata.name}`;
    if (policy.spec.targetRefs === undefined)
      return [
        finding(
          "Conflicted",
          ["spec"],
          `is for the whole namespace, as the older ${name} is; merge the two, or add targetRefs`,
        ),
      ];
    const isSame = targetsOf(older).some((other) => keyOf(other) === keyOf(target));
    const message = isSame
      ? `is targeted by the older ${name} already; merge the two policies, or choose another target`
      : `selects pods that the older ${name} targets already, and a sidecar takes the rules of one policy; merge the two policies`;
    return [finding("Conflicted", ["spec", "targetRefs", index, "name"], message)];
  });
}
