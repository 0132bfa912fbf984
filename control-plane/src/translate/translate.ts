// In: a Snapshot. Out: the Plan, and a verdict for everything in it that does not work as written. Pure and total.
import type { EnvoyPlan, Plan } from "../core/plan.ts";
import type { Snapshot } from "../core/snapshot.ts";
import type { Verdict } from "../core/verdict.ts";
import { gatewayWorkloads } from "./gateways/gateways.ts";
import { gatewayRouting } from "./gateways/routing.ts";
import { gatewayEntrances } from "./gateways/served-hosts.ts";
import { levels, notApplied } from "./levels.ts";
import { links } from "./links.ts";
import { ambientNamespaces, enrolledNamespaces, enrolments, sidecarsOfTheRoot } from "./namespaces.ts";
import { ordered } from "./order.ts";
import { gatewayProxies } from "./plain-envoy/gateways.ts";
import { addressFamilies, hosts, notIsolated, sharedAddresses } from "./plain-envoy/hosts.ts";
import { sidecars } from "./plain-envoy/sidecars.ts";
import { strayPods } from "./pods.ts";
import { acceptedPolicies } from "./policies/accepted.ts";
import { noProxies, otherControllers } from "./policies/no-proxies.ts";
import type { Attached } from "./policies/targets.ts";
import { eligibleHosts, levelClusters } from "./services/eligible-hosts.ts";
import { excludedHosts, isListable, notPrioritised, tooManyExcluded } from "./services/excluded-hosts.ts";
import { routeDestinations } from "./services/route-destinations.ts";
import { servicePods } from "./services/service-pods.ts";
import { type SidecarRouting, sidecarRouting } from "./services/sidecar-routing.ts";
import { subsetRules } from "./services/subset-rules.ts";

export type Translation = { readonly plan: Plan; readonly verdicts: readonly Verdict[] };
export type EnvoyTranslation = { readonly plan: EnvoyPlan; readonly verdicts: readonly Verdict[] };

/** For a mesh whose istiod tells its proxies of Services and pods. */
export function translate(snapshot: Snapshot): Translation {
  const { translation, elsewhere } = meshOf(snapshot);
  return { ...translation, verdicts: [...translation.verdicts, ...elsewhere] };
}

/** With all that a proxy has to know which no istiod tells. */
export function translateForEnvoy(snapshot: Snapshot): EnvoyTranslation {
  const { translation, attached } = meshOf(snapshot);
  const podsOf = servicePods(snapshot);
  const gateways = gatewayProxies(snapshot, attached);
  return {
    plan: {
      ...translation.plan,
      hosts: hosts(snapshot, podsOf),
      proxies: [...gateways.proxies, ...sidecars(snapshot, attached, podsOf)].sort(byPod),
    },
    verdicts: [...translation.verdicts, ...gateways.verdicts],
  };
}

type Mesh = {
  readonly translation: Translation;
  readonly attached: Attached;
  /** Of Gateways that Istio does not run. */
  readonly elsewhere: readonly Verdict[];
};

function meshOf(given: Snapshot): Mesh {
  const snapshot = ordered(given);
  const { spec } = snapshot.ladder;
  // Policies before proxies: a proxy only ever sees rules whose levels and targets exist.
  const gateways = gatewayEntrances(snapshot);
  const policies = acceptedPolicies(snapshot, gateways);
  const { attached } = policies;
  const active = links(snapshot);
  const enrolled = enrolledNamespaces(snapshot, policies.accepted);
  const isEnrolled = new Set(enrolled);
  const all = levels(snapshot.ladder);
  const excluded = excludedHosts(snapshot);
  const eligible = isListable(excluded) ? eligibleHosts(snapshot, isEnrolled, excluded.exclusion) : new Map();
  const routingOf = sidecarRouting(
    snapshot,
    eligible,
    routeDestinations(snapshot, eligible, excluded.exclusion),
    excluded.hosts,
  );
  const routings = new Map(enrolled.map((namespace): [string, SidecarRouting] => [namespace, routingOf(namespace)]));
  const enrolment = enrolments(snapshot, attached, enrolled, (namespace) => routings.get(namespace)!.routing);
  const routingAt = gatewayRouting(snapshot, eligible, excluded);
  const atGateways = gatewayWorkloads(snapshot, gateways, attached, isEnrolled, routingAt);
  const clients = [...[...routings].map(([namespace, { hosts }]) => ({ namespace, hosts })), ...atGateways.clients];
  const subsets = subsetRules(snapshot, clients);
  const plan: Plan = {
    mode: spec.mode,
    header: spec.header,
    correlateBy: spec.correlateBy,
    ...(spec.readFrom === undefined ? {} : { readFrom: spec.readFrom }),
    ...(spec.writeTo === undefined ? {} : { writeTo: spec.writeTo }),
    storeDefault: spec.storeDefault,
    ...(spec.slotSets === undefined ? {} : { slotSets: spec.slotSets }),
    levels: all,
    defaultLevel: spec.defaultLevel,
    addressFamilies: addressFamilies(snapshot),
    levelClusters: levelClusters(snapshot, all, eligible),
    trustDomain: snapshot.mesh.trustDomain,
    clusterDomain: snapshot.mesh.clusterDomain,
    ...(snapshot.mesh.defaultRetries === undefined ? {} : { defaultRetries: snapshot.mesh.defaultRetries }),
    excludedHosts: excluded.hosts,
    enrolments: enrolment,
    gateways: atGateways.workloads,
    subsetRules: subsets.rules,
    links: active.links,
  };
  const verdicts = [
    ...notApplied(snapshot.ladder),
    ...policies.verdicts,
    ...sharedAddresses(snapshot),
    ...strayPods(snapshot),
    ...notIsolated(snapshot),
    ...ambientNamespaces(snapshot, policies.accepted),
    ...sidecarsOfTheRoot(snapshot, policies.accepted),
    ...noProxies(snapshot, policies.accepted, gateways.entrances),
    ...once([...[...routings.values()].flatMap((found) => found.verdicts), ...atGateways.verdicts]),
    ...notPrioritised(snapshot, isEnrolled, excluded.exclusion),
    ...tooManyExcluded(snapshot, excluded),
    ...subsets.verdicts,
    ...active.verdicts,
  ];
  const elsewhere = otherControllers(snapshot, policies.accepted, gateways.entrances);
  return { translation: { plan, verdicts }, attached, elsewhere };
}

/** Several namespaces see the same route. */
function once(verdicts: readonly Verdict[]): readonly Verdict[] {
  return [...new Map(verdicts.map((verdict) => [JSON.stringify([verdict.on, verdict.field]), verdict])).values()];
}

function byPod(a: { readonly pod: string }, b: { readonly pod: string }): number {
  return a.pod < b.pod ? -1 : 1;
}
