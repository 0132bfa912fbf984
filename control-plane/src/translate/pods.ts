// Reads properties of a pod: readiness, addresses, level, Gateway, opt-out, and whether a selector selects it.
import type { Pod } from "../api/kubernetes.ts";
import { gatewayNameLabel, levelLabel, optOutLabel } from "../core/labels.ts";
import type { AddressFamily } from "../core/plan.ts";

/** One for each family, podIP first. */
export function addressesOf({ status: { podIP, podIPs = [] } }: Pod): readonly string[] {
  return podIP === undefined ? [] : [...new Set([podIP, ...podIPs.map(({ ip }) => ip)])];
}

export function familyOf(address: string): AddressFamily {
  return address.includes(":") ? "IPv6" : "IPv4";
}

/** Each family that a pod has an address of, sorted; including pods that are not ready yet. */
export function addressFamilies(pods: readonly Pod[]): readonly AddressFamily[] {
  return [...new Set(pods.flatMap((pod) => addressesOf(pod).map(familyOf)))].sort();
}

export function hasIPv6(pod: Pod): boolean {
  return addressesOf(pod).some((address) => familyOf(address) === "IPv6");
}

/** The same for the same labels in any order. */
export function selectorKey(selector: Readonly<Record<string, string>>): string {
  return JSON.stringify(Object.entries(selector).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Neither its proxy nor its queue is configured, but other pods still call it. */
export function isOptedOut(pod: Pod): boolean {
  return pod.metadata.labels?.[optOutLabel] === "true";
}

export function dedicatedLevel(pod: Pod): string | undefined {
  return pod.metadata.labels?.[levelLabel];
}

/** The name of the Gateway whose proxy the pod is. */
export function gatewayOf(pod: Pod): string | undefined {
  return pod.metadata.labels?.[gatewayNameLabel];
}
