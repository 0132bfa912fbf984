// In: pods of the snapshot. Out: which are ready, which a selector takes, which level one is dedicated to, which opted out.

import type { Pod } from "../api/kubernetes.ts";
import { gatewayNameLabel, levelLabel, optOutLabel } from "../core/labels.ts";
import type { AddressFamily } from "../core/plan.ts";
import type { Snapshot } from "../core/snapshot.ts";
import type { Verdict } from "../core/verdict.ts";

/** Of each family one, podIP first. */
export function addressesOf({ status: { podIP, podIPs = [] } }: Pod): readonly string[] {
  return podIP === undefined ? [] : [...new Set([podIP, ...podIPs.map(({ ip }) => ip)])];
}

export function familyOf(address: string): AddressFamily {
  return address.includes(":") ? "IPv6" : "IPv4";
}

export function hasIPv6(pod: Pod): boolean {
  return addressesOf(pod).some((address) => familyOf(address) === "IPv6");
}

/** The same for the same labels in any order. */
export function selectorKey(selector: Readonly<Record<string, string>>): string {
  return JSON.stringify(Object.entries(selector).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Its own wish: no proxy of ours, no queue of ours. Others still call it. */
export function isOptedOut(pod: Pod): boolean {
  return pod.metadata.labels?.[optOutLabel] === "true";
}

/** Pods dedicated to a level that the ladder does not have. */
export function strayPods({ ladder, pods }: Snapshot): Verdict[] {
  const names = ladder.spec.levels.map((level) => level.name);
  return pods.flatMap((pod): Verdict[] => {
    const level = dedicatedLevel(pod);
    if (level === undefined || names.includes(level)) return [];
    const { name, namespace } = pod.metadata;
    return [
      {
        on: { kind: "Pod", namespace, name },
        reason: "Invalid",
        field: ["metadata", "labels", levelLabel],
        message: `is not a level of PriorityLadder ${ladder.metadata.name}; allowed: ${names.join(", ")}`,
      },
    ];
  });
}

export function dedicatedLevel(pod: Pod): string | undefined {
  return pod.metadata.labels?.[levelLabel];
}

/** The name of the Gateway whose proxy the pod is. */
export function gatewayOf(pod: Pod): string | undefined {
  return pod.metadata.labels?.[gatewayNameLabel];
}
