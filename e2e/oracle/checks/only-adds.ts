// (a) Everything that is not Expedite's is the same as without Expedite: every cluster, virtual host, route and filter chain, field by
// field.
import { timeoutHeader } from "@expedite/filter/config/deadlines.ts";
import { queueTicket } from "@expedite/filter/config/queue.ts";
import { type Difference, differences, type Found } from "../differences.ts";
import {
  type Generation,
  isOurCluster,
  isOurFilter,
  isOurRoute,
  kinds,
  levelHeader,
  type Resource,
  type Route,
} from "../generation.ts";
import type { Json } from "../protocol.ts";

const ownHeaders: readonly string[] = [levelHeader, queueTicket, timeoutHeader];

/** Which resources of a kind are Expedite's, and therefore not compared. */
const isOurs = { clusters: isOurCluster, routes: () => false, listeners: () => false, extensions: isOurFilter };

export function onlyAdds(
  { check, header }: { readonly check: string; readonly header: string },
  before: Generation,
  after: Generation,
): readonly Difference[] {
  return [...before].flatMap(([proxy, without]) => {
    const withOurs = after.get(proxy)!;
    return kinds.flatMap((kind) => {
      const names = new Set([
        ...without[kind].keys(),
        ...[...withOurs[kind].keys()].filter((name) => !isOurs[kind](name)),
      ]);
      return [...names].flatMap((name) =>
        compare(without[kind].get(name), withOurs[kind].get(name), header).map(({ path, a, b }) => ({
          ...{ check, path: `${proxy} ${kind} ${name}${path === "" ? "" : `: ${path}`}`, without: a, with: b },
        })),
      );
    });
  });
}

/** The differences of each pair of resources, cached because many proxies have the same pair. */
const known = new WeakMap<object, Map<string, readonly Found[]>>();

function compare(before: Resource | undefined, after: Resource | undefined, header: string): readonly Found[] {
  if (before?.id === after?.id) return [];
  if (before === undefined || after === undefined) return differences(before?.value, after?.value);
  const there = known.get(before.value) ?? new Map<string, readonly Found[]>();
  known.set(before.value, there);
  const found =
    there.get(after.id) ?? differences(...certain(withoutRule(before.value), withoutOurs(after.value, header)));
  there.set(after.id, found);
  return found;
}

/**
 * Leaves out what istiod decides by chance: for a host with several ports, which of them its name without a port means to an HTTP proxy,
 * and therefore which virtual hosts keep a domain.
 */
function certain(before: Json, after: Json): readonly [Json, Json] {
  if (before.name !== "http_proxy") return [before, after];
  const hosts = (value: Json) => value.virtualHosts as readonly Json[];
  const names = hosts(before).map(({ name }) => name);
  const both = names.filter((name) => hosts(after).some((host) => host.name === name));
  const alike = (value: Json): Json => {
    const found = both.map((name) => hosts(value).find((host) => host.name === name)!);
    return { ...value, virtualHosts: found.map(({ domains: _, ...host }) => host) };
  };
  return [alike(before), alike(after)];
}

/** The DestinationRule that a cluster names as its source changes when rules merge, and has no effect. */
function withoutRule(value: Json): Json {
  if (value.virtualHosts !== undefined || value.filterChains !== undefined) return value;
  const { istio, ...others } = ((value.metadata as Json)?.filterMetadata ?? {}) as { readonly istio?: Json };
  if (istio?.config === undefined) return value;
  const { config: _, ...rest } = istio;
  const left = { ...others, ...(Object.keys(rest).length === 0 ? {} : { istio: rest }) };
  const { metadata, ...cluster } = value;
  if (Object.keys(left).length === 0) return cluster;
  return { ...cluster, metadata: { ...(metadata as Json), filterMetadata: left } };
}

/** A resource without what Expedite added to it. */
function withoutOurs(value: Json, header: string): Json {
  if (value.virtualHosts !== undefined) return ofRoutes(value, header);
  if (value.filterChains !== undefined || value.defaultFilterChain !== undefined)
    return ofListener(value, header) as Json;
  return withoutRule(value);
}

function ofRoutes(value: Json, header: string): Json {
  const { clusterSpecifierPlugins, responseHeadersToAdd, requestHeadersToAdd, requestHeadersToRemove, ...rest } =
    value as Readonly<Record<string, readonly Json[]>>;
  const plugins = clusterSpecifierPlugins?.filter(
    ({ extension }) => !/^expedite/.test(String((extension as Json).name)),
  );
  const added = responseHeadersToAdd?.filter((one) => (one.header as Json)?.key !== header);
  const told = requestHeadersToAdd?.filter((one) => (one.header as Json)?.key !== timeoutHeader);
  const removed = notOurs(requestHeadersToRemove);
  return {
    ...rest,
    ...withEntries({
      requestHeadersToRemove: removed,
      requestHeadersToAdd: told,
      clusterSpecifierPlugins: plugins,
      responseHeadersToAdd: added,
    }),
    virtualHosts: rest.virtualHosts!.map(({ routes, ...host }) => {
      const left = (routes as readonly Route[] | undefined)?.filter((route) => !isOurRoute(route));
      return left === undefined || left.length === 0 ? host : { ...host, routes: left };
    }),
  };
}

/** Only the lists that have an entry: Istio leaves out empty ones. */
function withEntries(lists: Readonly<Record<string, readonly unknown[] | undefined>>): Json {
  return Object.fromEntries(Object.entries(lists).filter(([, list]) => list !== undefined && list.length > 0));
}

function notOurs(headers: unknown): readonly unknown[] {
  return ((headers ?? []) as readonly unknown[]).filter((name) => !ownHeaders.includes(String(name)));
}

/** Expedite's are HTTP filters, at gateways a mutation that removes the level, and at inbound routes the names of its own headers. */
function ofListener(value: unknown, header: string): unknown {
  if (Array.isArray(value)) return value.map((one) => ofListener(one, header));
  if (typeof value !== "object" || value === null) return value;
  const left = Object.entries(value).flatMap(([key, field]): [string, unknown][] => {
    if (key === "httpFilters") return [[key, (field as Json[]).filter(({ name }) => !isOurFilter(String(name)))]];
    if (key === "requestHeadersToRemove") {
      const others = notOurs(field);
      return others.length === 0 ? [] : [[key, others]];
    }
    if (key !== "earlyHeaderMutationExtensions") return [[key, ofListener(field, header)]];
    const others = (field as Json[]).filter((one) => !JSON.stringify(one).includes(`"remove":"${header}"`));
    return others.length === 0 ? [] : [[key, others]];
  });
  return Object.fromEntries(left);
}
