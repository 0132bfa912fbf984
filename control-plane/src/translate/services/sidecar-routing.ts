// Finds where a namespace's sidecars have shared routes, which users' routes these can replace, and whose requests share connections.
import type { Routing } from "../../core/plan.ts";
import type { Snapshot } from "../../core/snapshot.ts";
import type { Verdict } from "../../core/verdict.ts";
import { dedicatedDestinations } from "./dedicated-destinations.ts";
import { type EligibleHost, isVisible } from "./eligible-hosts.ts";
import { httpPorts } from "./http-ports.ts";
import { type ListedRoutes, listedRoutes, noRouting } from "./listed-routes.ts";
import { notPrioritisedFor, patchedRoutes } from "./patched-routes.ts";
import { routeDestinations } from "./route-destinations.ts";
import type { Services } from "./services.ts";
import { type SidecarRoutes, sidecarRoutes } from "./sidecar-routes.ts";
import { egressOf, hostName, isInEgress } from "./visibility.ts";

type SidecarRouting = {
  readonly routing: Routing;
  /** Hosts with connections by level that the namespace's sidecars see. */
  readonly hosts: readonly EligibleHost[];
  readonly verdicts: readonly Verdict[];
};

/** Each has a Lua state of its own, 60 kB on each thread (docs/adr/0025-proven-routes.md). */
const maxSniffed = 16;

export function sidecarRouting(
  snapshot: Snapshot,
  { eligible, excluded }: Pick<Services, "eligible" | "excluded">,
): (namespace: string) => SidecarRouting {
  const { mesh, sidecarScopes } = snapshot;
  const routesOf = sidecarRoutes(snapshot, routeDestinations(snapshot, eligible, excluded.exclusion));
  const portsOf = portsByHost(snapshot);
  const listed = listedOnce(excluded.hosts);
  const patchedBy = patchedRoutes(snapshot);
  return (namespace) => {
    const patched = patchedBy(namespace, "SIDECAR_OUTBOUND");
    if (patched !== undefined)
      return { hosts: [], routing: noRouting, verdicts: [notPrioritisedFor(patched, `namespace ${namespace}`)] };
    const egress = egressOf(sidecarScopes, namespace, mesh);
    const hosts = [...eligible.values()].filter(
      (host) => isVisible(host, namespace, snapshot) && isInEgress(egress, namespace, host),
    );
    const own = routesOf(namespace);
    const { variants, verdicts } = listed(own);
    const sniffed = hosts.flatMap(({ host, sniffed }) => sniffed.map((port) => ({ host, port })));
    return {
      hosts,
      routing: {
        ports: hosts.length === 0 ? [] : namedPorts(hosts, variants.length === 0 ? [] : own, portsOf),
        sniffed: sniffed.slice(0, maxSniffed),
        variants: hosts.length === 0 ? [] : variants,
        dedicated: dedicatedDestinations(snapshot, hosts),
      },
      verdicts: [
        ...own.flatMap(({ verdicts }) => verdicts),
        ...verdicts,
        ...tooManySniffed(sniffed.slice(maxSniffed), eligible),
      ],
    };
  };
}

type PortsOf = ReadonlyMap<string, readonly number[]>;

/** Ports of the hosts and of the hosts of users' routes, sorted; for a wildcard host the ports are not known. */
function namedPorts(
  hosts: readonly EligibleHost[],
  routes: readonly SidecarRoutes[],
  portsOf: PortsOf,
): readonly number[] {
  const found = new Set<number>();
  for (const { ports } of hosts) for (const port of ports) found.add(port);
  for (const { hosts: names } of routes)
    for (const name of names) for (const port of portsOf.get(name) ?? []) found.add(port);
  return [...found].sort((a, b) => a - b);
}

/** Most namespaces see the same objects, so the results for these are computed once. */
function listedOnce(excludedHosts: readonly string[]): (objects: readonly SidecarRoutes[]) => ListedRoutes {
  const known: { readonly objects: readonly SidecarRoutes[]; readonly listed: ListedRoutes }[] = [];
  return (objects) => {
    const isSame = (other: readonly SidecarRoutes[]): boolean =>
      other.length === objects.length && other.every((one, index) => one === objects[index]);
    const there = known.find((one) => isSame(one.objects));
    if (there !== undefined) return there.listed;
    const listed = listedRoutes(
      objects.flatMap(({ entries }) => entries),
      excludedHosts,
    );
    known.push({ objects, listed });
    return listed;
  };
}

function portsByHost({ services, mesh }: Snapshot): PortsOf {
  return new Map(
    services.map((service) => [
      hostName(service.metadata.namespace, service.metadata.name, mesh),
      httpPorts(service).ports,
    ]),
  );
}

function tooManySniffed(left: Routing["sniffed"], eligible: ReadonlyMap<string, EligibleHost>): readonly Verdict[] {
  return left.map(({ host, port }) => {
    const { name, namespace } = eligible.get(host)!;
    return {
      on: { kind: "Service", namespace, name },
      reason: "HostNotPrioritised",
      field: ["spec", "ports"],
      message: `names no protocol for port ${port}, and a proxy prioritises at most ${maxSniffed} such ports; name the port http or grpc, or set its appProtocol`,
    };
  });
}
