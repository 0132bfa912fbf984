// Collects notes about what a reader of the files may not expect: skipped kinds, and hosts in another domain.
import type { Snapshot } from "../core/snapshot.ts";

export function notesOf(snapshot: Snapshot, skipped: readonly string[]): readonly string[] {
  return [...notRead(skipped), ...otherDomains(snapshot)];
}

/** One note per kind, because an application's folder has many objects that have nothing to do with priority. */
function notRead(skipped: readonly string[]): readonly string[] {
  return [...Map.groupBy(skipped, (kind) => kind)].map(
    ([kind, { length }]) =>
      `${kind}: ${length === 1 ? "1 object is" : `${length} objects are`} skipped, because Expedite does not read this kind`,
  );
}

/** Hosts of the files' Services that end in another domain, because nothing else shows that the option is missing. */
function otherDomains({ services, virtualServices, destinationRules, mesh }: Snapshot): readonly string[] {
  const known = new Set(services.map(({ metadata }) => `${metadata.name}.${metadata.namespace}`));
  const hosts = [
    ...virtualServices.flatMap(({ spec }) => [
      ...spec.hosts,
      ...spec.http.flatMap(({ route }) => route.map(({ destination }) => destination.host)),
    ]),
    ...destinationRules.map(({ spec }) => spec.host),
  ];
  const found = hosts.flatMap((host) => {
    const [, service, domain] = /^([^.]+\.[^.]+)\.svc\.(.+)$/.exec(host) ?? [];
    return service !== undefined && known.has(service) && domain !== mesh.clusterDomain ? [domain!] : [];
  });
  return [...new Set(found)].map(
    (domain) =>
      `hosts end in .svc.${domain}, but the cluster's domain is ${mesh.clusterDomain}, so they are not Services; if it is wrong, add --cluster-domain ${domain}`,
  );
}
