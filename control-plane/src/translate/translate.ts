// In: a Snapshot. Out: the Plan, and a verdict for everything in it that does not work as written. Pure and total.
import type { Plan } from "../core/plan.ts";
import type { Snapshot } from "../core/snapshot.ts";
import type { Verdict } from "../core/verdict.ts";
import { acceptedPolicies } from "./accepted-policies.ts";
import { divisibleHosts, ownClusters } from "./divisible-hosts.ts";
import { ambientNamespaces, enrolledNamespaces, enrolments } from "./enrolments.ts";
import { gatewayProxies } from "./gateway-proxies.ts";
import { gatewayWorkloads } from "./gateway-workloads.ts";
import { hosts, notIsolated, sharedAddresses } from "./hosts.ts";
import { levels, notApplied } from "./levels.ts";
import { links } from "./links.ts";
import { plainHosts } from "./plain-hosts.ts";
import { strayPods } from "./pods.ts";
import { destinations, routeChoices } from "./route-choices.ts";
import { sidecars } from "./sidecars.ts";
import { subsetRules } from "./subset-rules.ts";

export type Translation = { readonly plan: Plan; readonly verdicts: readonly Verdict[] };

export function translate(snapshot: Snapshot): Translation {
  const { spec } = snapshot.ladder;
  // Policies before proxies: a proxy only ever sees rules whose levels and targets exist.
  const policies = acceptedPolicies(snapshot);
  const gateways = gatewayProxies(snapshot, policies.accepted);
  const active = links(snapshot);
  const enrolled = enrolledNamespaces(snapshot, policies.accepted);
  const isEnrolled = new Set(enrolled);
  const divided = divisibleHosts(snapshot, isEnrolled, levels(snapshot.ladder));
  const plain = plainHosts(snapshot, divided);
  const choicesOf = routeChoices(snapshot, divided, plain);
  const choices = new Map(enrolled.map((namespace) => [namespace, choicesOf(namespace)]));
  const enrolment = enrolments(snapshot, policies.accepted, enrolled, (namespace) => choices.get(namespace)!);
  const workloads = gatewayWorkloads(snapshot, policies.accepted, isEnrolled, plain.throughAggregates);
  const clients = [
    ...[...choices].map(([namespace, { hosts }]) => ({ namespace, hosts })),
    ...workloads.map(({ namespace, choices }) => ({ namespace, hosts: destinations(choices) })),
  ];
  const subsets = subsetRules(snapshot, divided, clients);
  return {
    plan: {
      mode: spec.mode,
      header: spec.header,
      correlateBy: spec.correlateBy,
      ...(spec.readFrom === undefined ? {} : { readFrom: spec.readFrom }),
      ...(spec.writeTo === undefined ? {} : { writeTo: spec.writeTo }),
      storeDefault: spec.storeDefault,
      ...(spec.slotSets === undefined ? {} : { slotSets: spec.slotSets }),
      levels: levels(snapshot.ladder),
      defaultLevel: spec.defaultLevel,
      ownClusters: ownClusters(snapshot, levels(snapshot.ladder)),
      ...(snapshot.defaultRoutes?.length === 1 ? { defaultRoute: snapshot.defaultRoutes[0]! } : {}),
      hosts: hosts(snapshot),
      proxies: [...gateways.proxies, ...sidecars(snapshot, policies.accepted)].sort(byPod),
      enrolments: enrolment,
      gateways: workloads,
      subsetRules: subsets.rules,
      links: active.links,
    },
    verdicts: [
      ...notApplied(snapshot.ladder),
      ...policies.verdicts,
      ...gateways.verdicts,
      ...sharedAddresses(snapshot),
      ...strayPods(snapshot),
      ...notIsolated(snapshot),
      ...ambientNamespaces(snapshot, policies.accepted),
      ...once([...choices.values()].flatMap(({ verdicts }) => verdicts)),
      ...subsets.verdicts,
      ...active.verdicts,
    ],
  };
}

/** Several namespaces see the same route. */
function once(verdicts: readonly Verdict[]): readonly Verdict[] {
  return [...new Map(verdicts.map((verdict) => [JSON.stringify([verdict.on, verdict.field]), verdict])).values()];
}

function byPod(a: { readonly pod: string }, b: { readonly pod: string }): number {
  return a.pod < b.pod ? -1 : 1;
}
