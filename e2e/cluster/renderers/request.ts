// In: a proxy's configuration and a request. Out: where the request ends up, as Envoy's rules say: route, cluster, connections, their mark.
import { levelClusterHeader } from "@expedite/filter/config/level-cluster.ts";
import type {
  Cluster,
  HttpServer,
  ProxyConfiguration,
  Route,
  RouteConfiguration,
  SpecifierExtension,
  VirtualHost,
} from "./proxy.ts";

export interface Request {
  readonly authority: string;
  readonly path: string;
  /** Of the ladder. */
  readonly header: string;
  /** As the filter left it in the header; absent: it has none. */
  readonly level?: string;
}

export interface Outcome {
  /** Of the connections that it takes: a cluster has its own. */
  readonly cluster: string;
  readonly endpoints: readonly string[];
  readonly dscp: readonly number[];
  /** Where it goes when these are gone: clusters that are there. */
  readonly fallsTo: readonly string[];
  readonly timeout?: string;
  readonly retries?: unknown;
}

/** @throws where nothing takes the request, and for what is not understood here: an outcome is never a guess */
export function outcomeOf(proxy: ProxyConfiguration, server: HttpServer, request: Request): Outcome {
  const { routes } = server;
  if (routes === undefined) throw new Error(`${server.listener} has no routes`);
  const virtualHost = virtualHostOf(routes, request.authority);
  const before = routeOf(virtualHost, request, undefined);
  const own = ownCluster(server, before, request);
  // Told by the header and the filter state that the filter sets: every write of a header makes Envoy choose the route again.
  const route = own === undefined ? before : routeOf(virtualHost, request, own);
  const chosen = clusterOf(routes, route, request, (name) => (proxy.clusters.has(name) ? name : undefined), own);
  const [taken, ...others] = expanded(proxy, chosen);
  if (taken === undefined) throw new Error(`${request.authority}: there is no cluster ${chosen}`);
  const { timeout, retry_policy: retries } = route.route ?? {};
  return {
    cluster: taken.name,
    endpoints: taken.endpoints,
    dscp: taken.dscp,
    fallsTo: others.map(({ name }) => name),
    ...(timeout === undefined ? {} : { timeout }),
    ...(retries === undefined ? {} : { retries }),
  };
}

/** Exact, then the longest `*suffix`, then the longest `prefix*`, then `*` (Envoy: config.route.v3.VirtualHost). */
function virtualHostOf(
  { name, virtual_hosts: hosts = [], ignore_port_in_host_matching: ignoresPort }: RouteConfiguration,
  asked: string,
): VirtualHost {
  const authority = ignoresPort === true ? asked.replace(/:\d+$/, "") : asked;
  const longest = (isMatch: (domain: string) => boolean): VirtualHost | undefined => {
    const found = hosts.flatMap((host) => host.domains.filter(isMatch).map((domain) => ({ host, domain })));
    return found.sort((a, b) => b.domain.length - a.domain.length)[0]?.host;
  };
  const host =
    longest((domain) => domain.toLowerCase() === authority.toLowerCase()) ??
    longest((domain) => domain.length > 1 && domain.startsWith("*") && authority.endsWith(domain.slice(1))) ??
    longest((domain) => domain.length > 1 && domain.endsWith("*") && authority.startsWith(domain.slice(0, -1))) ??
    longest((domain) => domain === "*");
  if (host === undefined) throw new Error(`${name} has no virtual host for ${authority}`);
  return host;
}

function routeOf({ name, routes = [] }: VirtualHost, request: Request, own: string | undefined): Route {
  const found = routes.find(({ match }) => Object.entries(match).every((field) => isMet(field, request, own)));
  if (found === undefined) throw new Error(`${name} has no route for ${request.path}`);
  return found;
}

function isMet([field, value]: readonly [string, unknown], { path }: Request, own: string | undefined): boolean {
  const [bare = ""] = path.split("?");
  switch (field) {
    case "prefix":
      return path.startsWith(value as string);
    case "path":
      return bare === value;
    case "path_separated_prefix":
      return bare === value || bare.startsWith(`${value}/`);
    case "case_sensitive":
      return true;
    case "filter_state":
      return own !== undefined;
    case "headers":
      return (value as readonly HeaderMatch[]).every((header) => isNamed(header, own));
    default:
      throw new Error(`a route's match by ${field} is not read here`);
  }
}

interface HeaderMatch {
  readonly name: string;
  readonly string_match?: { readonly safe_regex?: { readonly regex: string } };
}

/** Only of the header that the filter writes: others of the request are not known here. */
function isNamed({ name, string_match: match }: HeaderMatch, own: string | undefined): boolean {
  const regex = match?.safe_regex?.regex;
  if (name !== levelClusterHeader || regex === undefined)
    throw new Error(`a route's match by ${name} is not read here`);
  return own !== undefined && new RegExp(`^(?:${regex})$`).test(own);
}

const plain = /^(outbound\|\d+\|)(\|.+\.svc\.cluster\.local)$/;

/** What the filter names, where its configuration says that the level has connections of its own, and the route is nobody's choice. */
function ownCluster({ filters }: HttpServer, { name, route, metadata }: Route, { level }: Request): string | undefined {
  const asked = filters.flatMap((filter) => configurationOf(filter.typed_config)?.ownClusters ?? []);
  if (level === undefined || !asked.includes(level)) return undefined;
  const { istio, expedite } = metadata?.filter_metadata ?? {};
  const isChosen = name !== "default" || istio !== undefined || expedite !== undefined;
  const [, head, tail] = plain.exec(route?.cluster ?? "") ?? [];
  return isChosen || head === undefined ? undefined : `${head}expedite-${level}${tail}`;
}

/** The filter's own configuration (filter/config/schema.ts); undefined for a filter that is not ours. */
export function configurationOf(
  typed: { readonly [field: string]: unknown } | undefined,
): { readonly role: string; readonly ownClusters?: readonly string[] } | undefined {
  const { config } = (typed ?? {}) as {
    readonly config?: {
      readonly vm_config?: { readonly vm_id?: string };
      readonly configuration?: { readonly value?: string };
    };
  };
  if (config?.vm_config?.vm_id !== "expedite") return undefined;
  return JSON.parse(config.configuration?.value ?? "{}");
}

type Find = (cluster: string) => string | undefined;

function clusterOf(
  { cluster_specifier_plugins: plugins = [] }: RouteConfiguration,
  { route }: Route,
  request: Request,
  find: Find,
  own: string | undefined,
): string {
  if (route?.cluster !== undefined) return route.cluster;
  const named = plugins.find(({ extension }) => extension.name === route?.cluster_specifier_plugin);
  const extension = route?.inline_cluster_specifier_plugin?.extension ?? named?.extension;
  if (extension === undefined) throw new Error(`a route that leads to ${Object.keys(route ?? {})} is not read here`);
  return specified(extension, request, find, own);
}

interface Matcher {
  readonly cluster_matcher: {
    readonly matcher_tree: {
      readonly input: { readonly typed_config: { readonly header_name: string } };
      readonly exact_match_map: { readonly map: Readonly<Record<string, Action>> };
    };
    readonly on_no_match: Action;
  };
}
interface Action {
  readonly action: { readonly typed_config: { readonly cluster: string } };
}

function specified(
  { name, typed_config: config }: SpecifierExtension,
  { header, level }: Request,
  find: Find,
  own?: string,
): string {
  const type = config["@type"].split(".").at(-1);
  if (type === "MatcherClusterSpecifier") {
    const { cluster_matcher: matcher } = config as unknown as Matcher;
    const { input, exact_match_map } = matcher.matcher_tree;
    const { map } = exact_match_map;
    if (input.typed_config.header_name !== header) throw new Error(`${name} reads another header than ${header}`);
    const action = level !== undefined && Object.hasOwn(map, level) ? map[level]! : matcher.on_no_match;
    return action.action.typed_config.cluster;
  }
  // Our script: the cluster that the filter names where it is there, else the Service's own (e2e/filter plays it in Envoy).
  if (type === "LuaConfig" && own !== undefined) return find(own) ?? own.replace(/\|expedite-[^|]+\|/, "||");
  throw new Error(`the cluster specifier ${name}, ${type}, is not read here`);
}

/** The clusters that a name stands for, in the order in which they are taken: an aggregate's first that is there and has an endpoint. */
function expanded({ clusters }: ProxyConfiguration, name: string): readonly Cluster[] {
  const cluster = clusters.get(name);
  if (cluster?.members === undefined) return cluster === undefined ? [] : [cluster];
  return cluster.members
    .flatMap((member) => clusters.get(member) ?? [])
    .filter(({ endpoints }) => endpoints.length > 0);
}
