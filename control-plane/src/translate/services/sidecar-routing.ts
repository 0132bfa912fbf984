// In: what a namespace's sidecars may see. Out: where shared routes stand there, which users' routes they stand for, and the users' routes
// whose requests share connections. Which VirtualService wins, and whose routes a proxy has, is Istio's to say: none of it is asked here.

import type { VirtualService } from "../../api/istio.ts";
import type { MeshRoute } from "../../api/mesh-gateway.ts";
import type { Routing } from "../../core/plan.ts";
import type { Snapshot } from "../../core/snapshot.ts";
import type { Verdict } from "../../core/verdict.ts";
import { levelHeaders } from "../levels.ts";
import { dedicatedDestinations } from "./dedicated-destinations.ts";
import { type EligibleHost, isVisible } from "./eligible-hosts.ts";
import { httpPorts } from "./http-ports.ts";
import { type ListedRoutes, listedRoutes, type RouteEntry } from "./listed-routes.ts";
import { meshRouteEntries, ruleReadsHeader } from "./mesh-route-entries.ts";
import { notPrioritisedFor, patchedRoutes } from "./patched-routes.ts";
import type { Destinations } from "./route-destinations.ts";
import {
  configPath,
  delegates,
  readsHeader,
  type VirtualServiceContext,
  virtualServiceEntries,
} from "./virtual-service-entries.ts";
import { egressOf, fullName, hostName, isExported, isInEgress } from "./visibility.ts";

export type SidecarRouting = {
  readonly routing: Routing;
  /** Those with connections by level that the namespace's sidecars see. */
  readonly hosts: readonly EligibleHost[];
  readonly verdicts: readonly Verdict[];
};

/** Everything on shared connections. */
export const none: Routing = { ports: [], sniffed: [], variants: [], dedicated: [] };

/** Each has a Lua state of its own, 60 kB on each thread (docs/adr/0025-proven-routes.md). */
export const maxSniffed = 16;

/** Of a user's object: its routes, or why none of them can be listed. */
type Found = { readonly entries: readonly RouteEntry[]; readonly verdicts: readonly Verdict[] };

export function sidecarRouting(
  snapshot: Snapshot,
  eligible: ReadonlyMap<string, EligibleHost>,
  destinations: Destinations,
  excludedHosts: readonly string[],
): (namespace: string) => SidecarRouting {
  const { mesh } = snapshot;
  const context = { mesh, delegate: delegates(snapshot), destinations };
  const headers = levelHeaders(snapshot.ladder);
  const services = snapshot.virtualServices
    // One without hosts is a delegate: its routes are the root's.
    .filter(({ spec }) => spec.gateways.includes("mesh") && spec.hosts.length > 0)
    .map((service) => {
      const hosts = hostsOf(snapshot, service).toSorted();
      return { service, hosts, found: ofVirtualService(service, { ...context, hosts }, headers) };
    });
  const routes = readable(snapshot.routes.flatMap((route) => ofMeshRoute(snapshot, route, destinations)));
  const ports = portsByHost(snapshot);
  const listed = listedOnce(excludedHosts);
  const patchedBy = patchedRoutes(snapshot);
  return (namespace) => {
    const patched = patchedBy(namespace, "SIDECAR_OUTBOUND");
    if (patched !== undefined)
      return { hosts: [], routing: none, verdicts: [notPrioritisedFor(patched, `namespace ${namespace}`)] };
    const egress = egressOf(snapshot.sidecarScopes, namespace, mesh);
    const hosts = [...eligible.values()].filter(
      (host) => isVisible(host, namespace, snapshot) && isInEgress(egress, namespace, host),
    );
    const { virtualService: byDefault } = mesh.defaultExportTo;
    const own = services.filter(({ service: { metadata, spec } }) =>
      isExported(spec.exportTo, metadata.namespace, namespace, byDefault),
    );
    const ofRoutes = routes.filter(({ clients }) => clients === "all" || clients === namespace);
    const found = [...own, ...ofRoutes].map(({ found }) => found);
    const { variants, verdicts } = listed(found);
    const sniffed = hosts.flatMap(({ host, sniffed }) => sniffed.map((port) => ({ host, port })));
    const named = new Set<number>();
    for (const host of hosts) for (const port of host.ports) named.add(port);
    if (variants.length > 0)
      for (const { hosts: names } of own)
        for (const name of names) for (const port of ports.get(name) ?? []) named.add(port);
    return {
      hosts,
      routing: {
        ports: hosts.length === 0 ? [] : [...named].sort((a, b) => a - b),
        sniffed: sniffed.slice(0, maxSniffed),
        variants: hosts.length === 0 ? [] : variants,
        dedicated: dedicatedDestinations(snapshot, hosts),
      },
      verdicts: [
        ...found.flatMap(({ verdicts }) => verdicts),
        ...verdicts,
        ...tooManySniffed(sniffed.slice(maxSniffed), eligible),
      ],
    };
  };
}

/** Most namespaces see the same objects: what these list is found once. */
function listedOnce(excludedHosts: readonly string[]): (found: readonly Found[]) => ListedRoutes {
  const known: { readonly found: readonly Found[]; readonly listed: ListedRoutes }[] = [];
  return (found) => {
    const isSame = (other: readonly Found[]): boolean =>
      other.length === found.length && other.every((one, index) => one === found[index]);
    const there = known.find((one) => isSame(one.found));
    if (there !== undefined) return there.listed;
    const listed = listedRoutes(
      found.flatMap(({ entries }) => entries),
      excludedHosts,
    );
    known.push({ found, listed });
    return listed;
  };
}

/** Full names; of a host with a wildcard nobody knows the ports. */
function hostsOf({ mesh }: Snapshot, { metadata, spec }: VirtualService): readonly string[] {
  return spec.hosts.map((host) => fullName(host, metadata.namespace, mesh));
}

function portsByHost({ services, mesh }: Snapshot): ReadonlyMap<string, readonly number[]> {
  return new Map(
    services.map((service) => [
      hostName(service.metadata.namespace, service.metadata.name, mesh),
      httpPorts(service).ports,
    ]),
  );
}

function ofVirtualService(service: VirtualService, context: VirtualServiceContext, headers: readonly string[]): Found {
  const entries = virtualServiceEntries(service, context);
  const reads = readsHeader(service, context, headers);
  if (reads === undefined) return { entries, verdicts: [] };
  const { name, namespace } = service.metadata;
  const on = { kind: "VirtualService", namespace, name };
  return { entries: [], verdicts: entries.some(({ isWanted }) => isWanted) ? [{ on, ...reads }] : [] };
}

/** Routes for a Service: of the namespace's own clients, or where it is the Service's own namespace of everybody's (GAMMA). */
function ofMeshRoute(snapshot: Snapshot, route: MeshRoute, destinations: Destinations) {
  const { mesh, ladder } = snapshot;
  const { namespace } = route.metadata;
  return route.spec.parentRefs
    .filter((ref) => ref.kind === "Service")
    .map((ref) => {
      const host = hostName(ref.namespace ?? namespace, ref.name, mesh);
      const port = ref.port === undefined ? [] : [ref.port];
      const paths = [configPath(namespace, [namespace, ...port, host].join("~"))];
      const entries = meshRouteEntries(route, { mesh, paths, destinations, hosts: [host] });
      const clients = (ref.namespace ?? namespace) === namespace ? "all" : namespace;
      return { clients, path: paths[0]!, route, entries, reads: ruleReadsHeader(route, levelHeaders(ladder)) };
    });
}

type ServiceRoute = ReturnType<typeof ofMeshRoute>[number];

/** Routes of one host are tried together: if one reads the level, all keep their requests. */
function readable(
  routes: readonly ServiceRoute[],
): readonly (Pick<ServiceRoute, "clients"> & { readonly found: Found })[] {
  const reading = new Set(routes.filter(({ reads }) => reads !== undefined).map(({ path }) => path));
  return routes.map(({ clients, path, route: { kind, metadata }, entries, reads }) => {
    const on = { kind, namespace: metadata.namespace, name: metadata.name };
    const isWanted = entries.some((entry) => entry.isWanted);
    const verdicts = reads === undefined || !isWanted ? [] : [{ on, ...reads }];
    return { clients, found: { entries: reading.has(path) ? [] : entries, verdicts } };
  });
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
