// In: a Snapshot. Out: the Plan, and a verdict for everything in it that does not work as written. Pure and total.
import type { Plan } from "../core/plan.ts";
import type { Snapshot } from "../core/snapshot.ts";
import type { Verdict } from "../core/verdict.ts";
import { acceptedPolicies } from "./accepted-policies.ts";
import { gatewayProxies } from "./gateway-proxies.ts";
import { hosts, notIsolated, sharedAddresses } from "./hosts.ts";
import { levels, notApplied } from "./levels.ts";
import { links } from "./links.ts";
import { strayPods } from "./pods.ts";
import { sidecars } from "./sidecars.ts";

export type Translation = { readonly plan: Plan; readonly verdicts: readonly Verdict[] };

export function translate(snapshot: Snapshot): Translation {
  const { spec } = snapshot.ladder;
  // Policies before proxies: a proxy only ever sees rules whose levels and targets exist.
  const policies = acceptedPolicies(snapshot);
  const gateways = gatewayProxies(snapshot, policies.accepted);
  const active = links(snapshot);
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
      hosts: hosts(snapshot),
      proxies: [...gateways.proxies, ...sidecars(snapshot, policies.accepted)].sort(byPod),
      enrolments: [],
      gateways: [],
      subsetRules: [],
      links: active.links,
    },
    verdicts: [
      ...notApplied(snapshot.ladder),
      ...policies.verdicts,
      ...gateways.verdicts,
      ...sharedAddresses(snapshot),
      ...strayPods(snapshot),
      ...notIsolated(snapshot),
      ...active.verdicts,
    ],
  };
}

function byPod(a: { readonly pod: string }, b: { readonly pod: string }): number {
  return a.pod < b.pod ? -1 : 1;
}
