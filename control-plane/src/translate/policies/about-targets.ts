// Makes verdicts about a policy's targets, all in the same form.
import type { PriorityPolicy } from "../../api/priority-policy.ts";
import type { Reason } from "../../api/reasons.ts";
import type { Verdict } from "../../core/verdict.ts";
import { finding, verdictOn } from "../finding.ts";
import type { ServingDeployment } from "../gateways/hosts.ts";
import { keyOf, type Target, targetsOf } from "./targets.ts";

export type Answer = { readonly reason: Reason; readonly message: string };

/** One verdict for each answer, about the targetRef, or about the namespace if the policy has no targetRefs. */
export function aboutTargets(
  policies: readonly PriorityPolicy[],
  answers: (target: Target) => readonly Answer[],
): readonly Verdict[] {
  return policies.flatMap((policy) =>
    targetsOf(policy).flatMap((target, index) => {
      const isWhole = policy.spec.targetRefs === undefined;
      const field = isWhole ? ["metadata", "namespace"] : ["spec", "targetRefs", index, "name"];
      return answers(target).map(({ reason, message }) => verdictOn(policy, finding(reason, field, message)));
    }),
  );
}

/** The deployments through which requests for a Gateway or route enter. */
export function deploymentsByTarget(
  deployments: readonly ServingDeployment[],
): (target: Target) => readonly ServingDeployment[] {
  const found = Map.groupBy(
    deployments.flatMap((deployment) =>
      [...deployment.gateways, ...deployment.routes].map(({ target }) => ({ key: keyOf(target), deployment })),
    ),
    ({ key }) => key,
  );
  return (target) => (found.get(keyOf(target)) ?? []).map(({ deployment }) => deployment);
}
