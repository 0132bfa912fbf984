// In: a Snapshot. Out: the Plan, and a verdict for everything in it that does not work as written. Pure and total.
import type { EnvoyPlan, Plan } from "../core/plan.ts";
import type { Snapshot } from "../core/snapshot.ts";
import type { Verdict } from "../core/verdict.ts";
import { acceptedPolicies } from "./accepted-policies.ts";
import { dedicatedLevels, divisibleHosts, ownClusters } from "./divisible-hosts.ts";
import { ambientNamespaces, enrolledNamespaces, enrolments, sidecarsOfTheRoot } from "./enrolments.ts";
import { gatewayEntrances } from "./gateway-entrances.ts";
import { gatewayProxies } from "./gateway-proxies.ts";
import { gatewayWorkloads } from "./gateway-workloads.ts";
import { addressFamilies, hosts, notIsolated, sharedAddresses } from "./hosts.ts";
import { levels, notApplied } from "./levels.ts";
import { links } from "./links.ts";
import { ordered } from "./ordered.ts";
import { plainHosts } from "./plain-hosts.ts";
import { strayPods } from "./pods.ts";
import { destinations, routeChoices } from "./route-choices.ts";
import { servicePods } from "./service-pods.ts";
import { sidecars } from "./sidecars.ts";
import { subsetRules } from "./subset-rules.ts";
import type { Attached } from "./targets.ts";

export type Translation = { readonly plan: Plan; readonly verdicts: readonly Verdict[] };
export type EnvoyTranslation = { readonly plan: EnvoyPlan; readonly verdicts: readonly Verdict[] };

/** For a mesh whose istiod tells its proxies of Services and pods. */
export function translate(snapshot: Snapshot): Translation {
  return meshOf(snapshot).translation;
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

function meshOf(given: Snapshot): { readonly translation: Translation; readonly attached: Attached } {
  const snapshot = ordered(given);
  const { spec } = snapshot.ladder;
  // Policies before proxies: a proxy only ever sees rules whose levels and targets exist.
  const gateways = gatewayEntrances(snapshot);
  const policies = acceptedPolicies(snapshot, gateways.entrances);
  const { attached } = policies;
  const active = links(snapshot);
  const enrolled = enrolledNamespaces(snapshot, policies.accepted);
  const isEnrolled = new Set(enrolled);
  const divided = divisibleHosts(snapshot, isEnrolled, levels(snapshot.ladder));
  const plain = plainHosts(snapshot, divided);
  const choicesOf = routeChoices(snapshot, divided, plain);
  const choices = new Map(enrolled.map((namespace) => [namespace, choicesOf(namespace)]));
  const enrolment = enrolments(snapshot, attached, enrolled, (namespace) => choices.get(namespace)!);
  const atGateways = gatewayWorkloads(snapshot, gateways, attached, isEnrolled, plain.throughAggregates);
  const clients = [
    ...[...choices].map(([namespace, { hosts }]) => ({ namespace, hosts })),
    ...atGateways.workloads.map(({ namespace, choices }) => ({ namespace, hosts: destinations(choices) })),
  ];
  const subsets = subsetRules(snapshot, divided, clients);
  const plan: Plan = {
    mode: spec.mode,
    header: spec.header,
    correlateBy: spec.correlateBy,
    ...(spec.readFrom === undefined ? {} : { readFrom: spec.readFrom }),
    ...(spec.writeTo === undefined ? {} : { writeTo: spec.writeTo }),
    storeDefault: spec.storeDefault,
    ...(spec.slotSets === undefined ? {} : { slotSets: spec.slotSets }),
    levels: levels(snapshot.ladder),
    defaultLevel: spec.defaultLevel,
    addressFamilies: addressFamilies(snapshot),
    ownClusters: ownClusters(snapshot, levels(snapshot.ladder)),
    apart: plain.apart,
    dedicated: dedicatedLevels(divided),
    ...(snapshot.defaultRoutes?.length === 1 ? { defaultRoute: snapshot.defaultRoutes[0]! } : {}),
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
    ...sidecarsOfTheRoot(policies.accepted),
    ...once([...[...choices.values()].flatMap((found) => found.verdicts), ...atGateways.verdicts]),
    ...subsets.verdicts,
    ...active.verdicts,
  ];
  return { translation: { plan, verdicts }, attached };
}

/** Several namespaces see the same route. */
function once(verdicts: readonly Verdict[]): readonly Verdict[] {
  return [...new Map(verdicts.map((verdict) => [JSON.stringify([verdict.on, verdict.field]), verdict])).values()];
}

function byPod(a: { readonly pod: string }, b: { readonly pod: string }): number {
  return a.pod < b.pod ? -1 : 1;
}
