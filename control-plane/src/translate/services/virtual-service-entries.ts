// Reads each HTTP route of a VirtualService and of the delegates that it names, with what it does if a shared route can do the same.
import { routeIdentity } from "@expedite/filter/config/route-list.ts";
import type { VirtualService } from "../../api/istio.ts";
import type { MeshConfig } from "../../core/mesh-config.ts";
import type { PathMatch, Rewrite, RouteAction } from "../../core/plan.ts";
import { protobufDuration } from "../../core/protobuf-duration.ts";
import type { Snapshot } from "../../core/snapshot.ts";
import { type Finding, finding } from "../finding.ts";
import type { Destinations } from "./route-destinations.ts";
import { isSaid, onlyPath, type RouteEntry, readsLevel, sharesConnections, unreadFields } from "./route-entry.ts";
import { fullName } from "./visibility.ts";

type HttpRoute = VirtualService["spec"]["http"][number];
type HttpMatch = HttpRoute["match"][number];

/** Fields that add nothing that a shared route would have to do: how it matches, where it leads, and what filters before Expedite's do. */
const supportedFields = ["name", "match", "route", "delegate", "fault", "corsPolicy", "timeout", "retries", "rewrite"];
const supportedOfDestination = ["destination", "weight"];

type VirtualServiceContext = {
  readonly mesh: MeshConfig;
  /** By namespace/name. */
  readonly delegate: (id: string) => VirtualService | undefined;
  readonly destinations: Destinations;
  /** Full names of the hosts whose virtual hosts have the routes. */
  readonly hosts: readonly string[];
};

/** By namespace/name, as a route names its delegate. */
export function delegates({ virtualServices }: Pick<Snapshot, "virtualServices">): VirtualServiceContext["delegate"] {
  const idOf = ({ metadata }: VirtualService): string => `${metadata.namespace}/${metadata.name}`;
  const byId = new Map(virtualServices.map((one) => [idOf(one), one] as const));
  return (id) => byId.get(id);
}

/** The path of Istio's own configuration, which its routes have in their metadata (networking/util: AddConfigInfoMetadata). */
export function configPath(namespace: string, name: string): string {
  return `/apis/networking.istio.io/v1/namespaces/${namespace}/virtual-service/${name}`;
}

export function virtualServiceEntries(service: VirtualService, context: VirtualServiceContext): readonly RouteEntry[] {
  const { namespace, name } = service.metadata;
  const path = configPath(namespace, name);
  return merged(service, context).flatMap(({ owner, index, route }) => {
    const to = route.route.map(({ destination }) => fullName(destination.host, owner.metadata.namespace, context.mesh));
    const { isWanted, found } = context.destinations(to);
    const field = ["spec", "http", index];
    const on = { kind: "VirtualService", namespace: owner.metadata.namespace, name: owner.metadata.name };
    return [...byName(route)].map(
      ([name, match]): RouteEntry => ({
        ...{ on, to, isWanted, nameField: [...field, "name"] },
        identities: [routeIdentity(path, name)],
        does:
          found === undefined
            ? actionOf({ ...route, match }, field, context.hosts)
            : finding("RouteNotPrioritised", [...field, "route"], found),
      }),
    );
  });
}

type MergedRoute = {
  /** The VirtualService that defines it. */
  readonly owner: VirtualService;
  readonly index: number;
  readonly route: HttpRoute;
};

/** A route that names a delegate provides what the delegate's routes omit (model/virtualservice.go: mergeHTTPRoute). */
export function merged(
  service: VirtualService,
  { delegate }: Pick<VirtualServiceContext, "delegate">,
): readonly MergedRoute[] {
  return service.spec.http.flatMap((route, index): MergedRoute[] => {
    if (route.delegate === undefined) return [{ owner: service, index, route }];
    const { name, namespace = service.metadata.namespace } = route.delegate;
    const owner = delegate(`${namespace === "" ? service.metadata.namespace : namespace}/${name}`);
    const { delegate: _, ...root } = route;
    return (owner?.spec.http ?? []).map((own, at) => {
      const match = joined(root.match, own.match);
      const whole: HttpRoute = { ...root, ...own, name: join(root.name, own.name), match, route: own.route };
      return { owner: owner!, index: at, route: whole };
    });
  });
}

const join = (...names: readonly string[]): string => names.filter((name) => name !== "").join("-");

/** Combines each of the root's with each of the delegate's; Istio decides which of them conflict. */
function joined(root: readonly HttpMatch[], own: readonly HttpMatch[]): HttpMatch[] {
  if (root.length === 0 || own.length === 0) return [...root, ...own];
  return own.flatMap((inner) => root.map((outer) => ({ ...outer, ...inner, name: join(outer.name, inner.name) })));
}

/** The matches by the names of the routes that istiod makes of them: with names of their own, if they have some. */
function byName({ name, match }: HttpRoute): ReadonlyMap<string, HttpMatch[]> {
  if (match.length === 0) return new Map([[name, []]]);
  return Map.groupBy(match, (one) => (one.name === "" ? name : `${name}.${one.name}`));
}

function actionOf(route: HttpRoute, field: Finding["field"], hosts: readonly string[]): RouteAction | Finding {
  const not = (at: Finding["field"], message: string): Finding =>
    finding("RouteNotPrioritised", [...field, ...at], message);
  const [unknown] = unreadFields(route, supportedFields);
  if (unknown !== undefined) return not([unknown], shared);
  for (const [index, destination] of route.route.entries()) {
    const [own] = unreadFields(destination, supportedOfDestination);
    if (own !== undefined) return not(["route", index, own], shared);
  }
  for (const [index, match] of route.match.entries())
    if (isSaid(match.statPrefix)) return not(["match", index, "statPrefix"], shared);
  const timeout = route.timeout === undefined ? undefined : protobufDuration(route.timeout);
  if (route.timeout !== undefined && timeout === undefined)
    return not(["timeout"], "is no duration, so this route's requests share connections; allowed: for example 1.5s");
  const rewrite = route.rewrite === undefined ? undefined : rewriteOf(route, hosts);
  if (typeof rewrite === "string") return not(["rewrite"], rewrite);
  return {
    ...(timeout === undefined ? {} : { timeout }),
    ...(isSaid(route.retries) ? { retries: route.retries as NonNullable<RouteAction["retries"]> } : {}),
    ...(rewrite === undefined ? {} : { rewrite }),
  };
}

const shared = sharesConnections("route");

/** @returns the reason if it can't be rewritten */
function rewriteOf(route: HttpRoute, hosts: readonly string[]): Rewrite | string {
  const { uri, authority, uriRegexRewrite, ...others } = route.rewrite as Readonly<Record<string, unknown>>;
  const [other] = Object.keys(others);
  if (other !== undefined)
    return `has the field ${other}, which is not read here, so this route's requests share connections`;
  const host = typeof authority === "string" && authority !== "" ? { authority } : {};
  const regex = uriRegexRewrite as { readonly match?: string; readonly rewrite?: string } | undefined;
  if (regex !== undefined) return { ...host, regex: { pattern: regex.match ?? "", substitution: regex.rewrite ?? "" } };
  if (typeof uri !== "string" || uri === "") return host;
  const match = pathOf(route.match);
  if (match === undefined)
    return "replaces what several paths match, so this route's requests share connections; give each path a route of its own";
  return { ...host, prefix: { by: uri, match, hosts } };
}

/** The one path that all of them match. */
function pathOf(matches: readonly HttpMatch[]): PathMatch | undefined {
  const paths = matches.map(({ uri, ignoreUriCase }): PathMatch | undefined => {
    if (uri === undefined) return { type: "Prefix", value: "/" };
    const ignoring = ignoreUriCase === true ? { ignoresCase: true as const } : {};
    if (uri.exact !== undefined) return { type: "Exact", value: uri.exact, ...ignoring };
    return uri.prefix === undefined ? undefined : { type: "Prefix", value: uri.prefix, ...ignoring };
  });
  return onlyPath(paths);
}

/** Whether its routes match on one of the headers: the filter writes them after Envoy has chosen the request's route. */
export function readsHeader(
  service: VirtualService,
  context: Pick<VirtualServiceContext, "delegate">,
  names: readonly string[],
): Finding | undefined {
  for (const { route, index, owner } of merged(service, context))
    for (const [at, { headers, withoutHeaders }] of route.match.entries()) {
      const read = Object.keys({ ...headers, ...withoutHeaders }).find((name) => names.includes(name.toLowerCase()));
      if (read !== undefined && owner === service)
        return finding("RouteReadsLevel", ["spec", "http", index, "match", at], readsLevel(read));
      if (read !== undefined) return finding("RouteReadsLevel", ["spec", "http"], readsLevel(read));
    }
  return undefined;
}
