// Follows a request through a proxy's configuration by Envoy's rules: its route, cluster, connections and their DSCP.
import { levelClusterHeader, levelClusterState } from "@expedite/filter/config/level-cluster.ts";
import { type Named, named } from "./filter.ts";
import type {
  Cluster,
  HttpServer,
  ProxyConfiguration,
  Route,
  RouteConfiguration,
  SpecifierExtension,
  TypedConfig,
  VirtualHost,
} from "./proxy.ts";

export interface Request {
  readonly authority: string;
  readonly path: string;
  /** The ladder's header. */
  readonly header: string;
  /** The level that the filter left in the header, if any. */
  readonly level?: string;
}

export interface Outcome {
  /** The cluster whose connections it takes. */
  readonly cluster: string;
  readonly endpoints: readonly string[];
  readonly dscp: readonly number[];
  /** Where it goes when these endpoints are gone: existing clusters. */
  readonly fallsTo: readonly string[];
  readonly timeout?: string;
  readonly retries?: unknown;
}

/** @throws if nothing takes the request, or for a configuration that is not understood here: an outcome is never a guess */
export function outcomeOf(proxy: ProxyConfiguration, server: HttpServer, request: Request): Outcome {
  const { routes, filters } = server;
  if (routes === undefined) throw new Error(`${server.listener} has no routes`);
  const virtualHost = virtualHostOf(routes, request.authority);
  const before = routeOf(virtualHost, request, undefined);
  const said = named(filters, before, request.level);
  // Every write to a header makes Envoy choose the route again.
  const route = said === undefined ? before : routeOf(virtualHost, request, said);
  const chosen = clusterOf(routes, route, request, (name) => proxy.clusters.has(name), said);
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

/** An exact match, then the longest `*suffix`, then the longest `prefix*`, then `*` (Envoy: config.route.v3.VirtualHost). */
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

function routeOf({ name, routes = [] }: VirtualHost, request: Request, said: Named | undefined): Route {
  const found = routes.find(({ match }) => Object.entries(match).every((field) => isMet(field, request, said)));
  if (found === undefined) throw new Error(`${name} has no route for ${request.path}`);
  return found;
}

function isMet([field, value]: readonly [string, unknown], { path }: Request, said: Named | undefined): boolean {
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
      return (value as readonly StateMatch[]).every((state) => isProven(state, said?.variant));
    case "headers":
      return (value as readonly HeaderMatch[]).every((header) => isNamed(header, said?.clusters));
    default:
      throw new Error(`a route's match by ${field} is not supported here`);
  }
}

interface StringMatch {
  readonly exact?: string;
  readonly prefix?: string;
  readonly contains?: string;
}
interface HeaderMatch {
  readonly name: string;
  readonly string_match?: StringMatch;
}
interface StateMatch {
  readonly key: string;
  readonly string_match?: StringMatch;
}

/** Only the header that the filter writes; other headers of the request are not known here. */
function isNamed({ name, string_match: match }: HeaderMatch, clusters: string | undefined): boolean {
  if (name !== levelClusterHeader) throw new Error(`a route's match by ${name} is not supported here`);
  return isText(match, clusters);
}

function isProven({ key, string_match: match }: StateMatch, variant: string | undefined): boolean {
  if (key !== levelClusterState) throw new Error(`a route's match by the filter state ${key} is not supported here`);
  return isText(match, variant);
}

function isText(match: StringMatch = {}, text: string | undefined): boolean {
  const [[kind, value] = [], ...more] = Object.entries(match);
  if (more.length > 0) throw new Error(`a match by ${Object.keys(match)} is not supported here`);
  if (text === undefined) return false;
  switch (kind) {
    case "exact":
      return text === value;
    case "prefix":
      return text.startsWith(value);
    case "contains":
      return text.includes(value);
    default:
      throw new Error(`a match by ${kind} is not supported here`);
  }
}

type IsThere = (cluster: string) => boolean;

function clusterOf(
  { cluster_specifier_plugins: plugins = [] }: RouteConfiguration,
  { route }: Route,
  request: Request,
  isThere: IsThere,
  said: Named | undefined,
): string {
  if (route?.cluster !== undefined) return route.cluster;
  const plugin = plugins.find(({ extension }) => extension.name === route?.cluster_specifier_plugin);
  const extension = route?.inline_cluster_specifier_plugin?.extension ?? plugin?.extension;
  if (extension === undefined)
    throw new Error(`a route that leads to ${Object.keys(route ?? {})} is not supported here`);
  return specified(extension, request, isThere, said);
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
  isThere: IsThere,
  said: Named | undefined,
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
  if (type === "LuaConfig" && said !== undefined) return byScript(config, isThere, said.clusters);
  throw new Error(`the cluster specifier ${name}, ${type}, is not supported here`);
}

/** What the cluster specifier's script returns, in its order (e2e/filter runs it in Envoy). */
const returned = ['"expedite" .. level', '"outbound" .. level', 'named:match(" (outbound|[^ ,]+)") or ""'];

/** The first of these clusters that exists: the aggregate with the level's name, the level's cluster, or the route's own. */
function byScript(config: TypedConfig, isThere: IsThere, clusters: string): string {
  const { source_code: code } = config as unknown as { readonly source_code?: { readonly inline_string?: string } };
  const found = [...(code?.inline_string ?? "").matchAll(/\breturn (.*?)(?: end)?$/gm)].map(([, value]) => value);
  if (found.join("\n") !== returned.join("\n")) throw new Error(`the script has changed: it returns ${found}`);
  const [levels = "", original = ""] = clusters.split(" ");
  return [levels.replace(/^outbound/, "expedite"), levels].find(isThere) ?? original;
}

/**
 * The clusters that a name stands for, in the order in which they are tried; for an aggregate, the first that exists and has an endpoint.
 */
function expanded({ clusters }: ProxyConfiguration, name: string): readonly Cluster[] {
  const cluster = clusters.get(name);
  if (cluster?.members === undefined) return cluster === undefined ? [] : [cluster];
  return cluster.members
    .flatMap((member) => clusters.get(member) ?? [])
    .filter(({ endpoints }) => endpoints.length > 0);
}
