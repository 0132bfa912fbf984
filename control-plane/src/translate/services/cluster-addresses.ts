// Reads the cluster addresses of Services, which must be unique: a request to an address has to mean one Service.
import type { Service } from "../../api/kubernetes.ts";
import type { Snapshot } from "../../core/snapshot.ts";
import type { Verdict } from "../../core/verdict.ts";
import { finding, verdictOn } from "../finding.ts";

/** A headless Service has none. */
export function clusterAddresses({ spec: { clusterIP = "", clusterIPs = [] } }: Service): readonly string[] {
  return [...new Set([clusterIP, ...clusterIPs])].filter((address) => address !== "" && address !== "None");
}

export function sharedAddresses(snapshot: Snapshot): readonly Verdict[] {
  const owners = new Map<string, Service>();
  return snapshot.services.flatMap((service): Verdict[] => {
    const own = clusterAddresses(service);
    const taken = own.find((address) => owners.has(address));
    for (const address of own) if (!owners.has(address)) owners.set(address, service);
    if (taken === undefined) return [];
    const owner = owners.get(taken)!.metadata;
    const message = `is also that of Service ${owner.namespace}/${owner.name}; allowed: an address of its own, or None`;
    return [verdictOn(service, finding("Invalid", ["spec", "clusterIP"], message))];
  });
}
