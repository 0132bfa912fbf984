// Makes the Plan of a Snapshot, and a verdict for everything in it that does not work as written. Pure and total.
import type { EnvoyPlan, Plan } from "../core/plan.ts";
import type { Snapshot } from "../core/snapshot.ts";
import type { Verdict } from "../core/verdict.ts";
import { writesDefault } from "./default-level.ts";
import { gatewayWorkloads } from "./gateways/gateways.ts";
import { servingDeployments } from "./gateways/hosts.ts";
import { ladderPlan, notApplied } from "./levels.ts";
import { links } from "./links.ts";
import { classificationsOf, enrolledNamespaces, enrolments } from "./namespaces.ts";
import { ordered } from "./order.ts";
import { envoyPlan } from "./plain-envoy/plan.ts";
import { addressFamilies } from "./pods.ts";
import { acceptedPolicies, type Policies } from "./policies/accepted.ts";
import { policyLimits } from "./policies/limits.ts";
import { acceptedQueues, type Queues } from "./queues/accepted.ts";
import { prioritisedServices } from "./services/services.ts";
import { subsetRules } from "./services/subset-rules.ts";

type Translation = { readonly plan: Plan; readonly verdicts: readonly Verdict[] };
export type EnvoyTranslation = { readonly plan: EnvoyPlan; readonly verdicts: readonly Verdict[] };

/** For a mesh in which istiod tells proxies about Services and pods. */
export function translate(snapshot: Snapshot): Translation {
  const { plan, verdicts, inMesh } = common(ordered(snapshot));
  return { plan, verdicts: [...verdicts, ...inMesh] };
}

/** With everything that a proxy has to know if there is no istiod. */
export function translateForEnvoy(given: Snapshot): EnvoyTranslation {
  const snapshot = ordered(given);
  const { plan, verdicts, policies, queues } = common(snapshot);
  const own = envoyPlan(plan, snapshot, { attached: policies.attached, queues: queues.services });
  return { plan: own.plan, verdicts: [...verdicts, ...own.verdicts] };
}

type Common = Translation & {
  readonly policies: Policies;
  readonly queues: Queues;
  /** Verdicts that matter only if Istio runs the proxies. */
  readonly inMesh: readonly Verdict[];
};

function common(snapshot: Snapshot): Common {
  // Policies come before proxies: a proxy only ever sees rules whose levels and targets exist.
  const serving = servingDeployments(snapshot);
  const policies = acceptedPolicies(snapshot, serving);
  const { attached } = policies;
  const queues = acceptedQueues(snapshot, attached);
  const enrolled = enrolledNamespaces(snapshot, [...policies.accepted, ...queues.accepted]);
  const services = prioritisedServices(snapshot, new Set(enrolled));
  const context = { attached, enrolled, services, queues: queues.services };
  const sidecars = enrolments(snapshot, context);
  const gateways = gatewayWorkloads(snapshot, serving, context);
  const subsets = subsetRules(snapshot, [...sidecars.clients, ...gateways.clients]);
  const active = links(snapshot);
  const limits = policyLimits(snapshot, policies.accepted, serving.deployments);
  const { trustDomains, clusterDomain, defaultRetries } = snapshot.mesh;
  const plan: Plan = {
    ...ladderPlan(snapshot.ladder),
    writeDefault: writesDefault(snapshot.ladder, sidecars.enrolments.flatMap(classificationsOf)),
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
