// Makes the part of a translation that holds with and without istiod: the Plan, and a verdict for everything that does not work as written.
import type { Plan } from "../core/plan.ts";
import type { Snapshot } from "../core/snapshot.ts";
import type { Verdict } from "../core/verdict.ts";
import { writesDefault } from "./default-level.ts";
import { gatewayWorkloads } from "./gateways/gateways.ts";
import { servingDeployments } from "./gateways/hosts.ts";
import { ladderPlan, notApplied } from "./levels.ts";
import { links } from "./links.ts";
import { classificationsOf, enrolledNamespaces, enrolments } from "./namespaces.ts";
import { addressFamilies } from "./pods.ts";
import { acceptedPolicies, type Policies } from "./policies/accepted.ts";
import { policyLimits } from "./policies/limits.ts";
import { acceptedQueues, type Queues } from "./queues/accepted.ts";
import { prioritisedServices } from "./services/services.ts";
import { subsetRules } from "./services/subset-rules.ts";

type MeshPlan = {
  readonly plan: Plan;
  readonly verdicts: readonly Verdict[];
  readonly policies: Policies;
  readonly queues: Queues;
  /** Verdicts that matter only if Istio runs the proxies. */
  readonly inMesh: readonly Verdict[];
};

/** @param snapshot in the order of order.ts */
export function meshPlan(snapshot: Snapshot): MeshPlan {
  // Policies come before proxies: a proxy only ever sees rules whose levels and targets exist.
  const serving = servingDeployments(snapshot);
  const policies = acceptedPolicies(snapshot, serving);
  const { attached } = policies;
  const queues = acceptedQueues(snapshot, attached);
  const enrolled = enrolledNamespaces(snapshot, [...policies.accepted, ...queues.accepted]);
  const services = prioritisedServices(snapshot, new Set(enrolled));
  const context = { attached, enrolled, services, queues: queues.workloads };
  const sidecars = enrolments(snapshot, context);
  const gateways = gatewayWorkloads(snapshot, serving, context);
  const subsets = subsetRules(snapshot, [...sidecars.clients, ...gateways.clients]);
  const active = links(snapshot);
  const limits = policyLimits(snapshot, policies.accepted, serving.deployments);
  const { trustDomains, clusterDomain, defaultRetries } = snapshot.mesh;
  const plan: Plan = {
    ...ladderPlan(snapshot.ladder, { hasQueue: queues.workloads.length > 0 }),
    writeDefault: writesDefault(snapshot.ladder, [
      ...sidecars.enrolments.flatMap(classificationsOf),
      ...gateways.workloads.map(({ classification }) => classification),
    ]),
    addressFamilies: addressFamilies(snapshot.pods),
    levelClusters: services.levelClusters,
    ...{ trustDomains, clusterDomain },
    ...(defaultRetries === undefined ? {} : { defaultRetries }),
    excludedHosts: services.excluded.hosts,
    enrolments: sidecars.enrolments,
    gateways: gateways.workloads,
    subsetRules: subsets.rules,
    links: active.links,
  };
  const verdicts = [
    ...notApplied(snapshot.ladder),
    ...policies.verdicts,
    ...queues.verdicts,
    ...limits.everywhere,
    ...once([...sidecars.verdicts, ...gateways.verdicts]),
    ...services.verdicts,
    ...subsets.verdicts,
    ...active.verdicts,
  ];
  return { plan, verdicts, policies, queues, inMesh: limits.inMesh };
}

/** Several namespaces see the same route. */
function once(verdicts: readonly Verdict[]): readonly Verdict[] {
  return [...new Map(verdicts.map((verdict) => [JSON.stringify([verdict.on, verdict.field]), verdict])).values()];
}
