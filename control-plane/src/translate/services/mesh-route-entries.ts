// Reads each rule of an HTTPRoute or GRPCRoute, with what it does if a shared route can do the same, as istiod converts it (istiod 1.31,
// pilot/pkg/config/kube/gateway/conversion.go: convertHTTPRoute).
import { routeIdentity } from "@expedite/filter/config/route-list.ts";
import type { MeshRoute } from "../../api/mesh-gateway.ts";
import type { MeshConfig } from "../../core/mesh-config.ts";
import type { PathMatch, Rewrite, RouteAction } from "../../core/plan.ts";
import { protobufDuration } from "../../core/protobuf-duration.ts";
import { type Finding, finding } from "../finding.ts";
import type { Destinations } from "./route-destinations.ts";
import { isFinding, onlyPath, type RouteEntry, readsLevel, sharesConnections, unreadFields } from "./route-entry.ts";
import { hostName } from "./visibility.ts";

type Rule = MeshRoute["spec"]["rules"][number];
type Filter = Rule["filters"][number];

/** Fields that add nothing that a shared route would have to do. */
const supportedFields = ["name", "matches", "filters", "backendRefs", "timeouts", "retry"];
const supportedOfBackend = ["group", "kind", "name", "namespace", "port", "weight"];

type MeshRouteContext = {
  readonly mesh: MeshConfig;
  /** Paths of the VirtualServices that its rules may belong to (virtual-service-entries.ts: configPath). */
  readonly paths: readonly string[];
  readonly destinations: Destinations;
  /** Hosts whose virtual hosts have the routes. */
  readonly hosts: readonly string[];
};

export function meshRouteEntries(
  route: MeshRoute,
  { mesh, paths, destinations, hosts }: MeshRouteContext,
): readonly RouteEntry[] {
  const { kind, metadata, spec } = route;
  const { namespace, name } = metadata;
  const found = spec.rules.map((rule, index) => {
    const services = rule.backendRefs.filter(
      ({ kind, group, weight }) => kind === "Service" && group === "" && weight !== 0,
    );
    const to = services.map((backend) => hostName(backend.namespace ?? namespace, backend.name, mesh));
    const reached = destinations(to);
    const field = ["spec", "rules", index];
    const does =
      reached.found === undefined
        ? actionOf(rule, field, hosts)
        : finding("RouteNotPrioritised", [...field, "backendRefs"], reached.found);
    return { rule, index, does, to, isWanted: reached.isWanted };
  });
  const positional = found.filter(({ rule }) => rule.name === undefined);
  const isAlike = positional.every(({ does }) => JSON.stringify(does) === JSON.stringify(positional[0]!.does));
  return found.map(({ rule, index, does, to, isWanted }): RouteEntry => {
    const routeName = rule.name ?? `${namespace}.${name}.${index}`;
    const isPositional = rule.name === undefined && !isAlike && !isFinding(does);
    return {
      on: { kind, namespace, name },
      identities: paths.map((path) => routeIdentity(path, routeName)),
      nameField: ["spec", "rules", index, "name"],
      ...{ to, isWanted },
      does: isPositional ? finding("RouteNotPrioritised", ["spec", "rules", index, "name"], byPosition) : does,
    };
  });
}

/** Istio then names it by its position, which belongs to another rule if the rules are reordered. */
const byPosition =
  "is missing, as of another rule that does something else, so proxies confuse the two and their requests share connections; give each rule a name";

function actionOf(rule: Rule, field: Finding["field"], hosts: readonly string[]): RouteAction | Finding {
  const not = (at: Finding["field"], message: string): Finding =>
    finding("RouteNotPrioritised", [...field, ...at], message);
  const [unknown] = unreadFields(rule, supportedFields);
  if (unknown !== undefined) return not([unknown], shared);
  for (const [index, backend] of rule.backendRefs.entries()) {
    const [other] = unreadFields(backend, supportedOfBackend);
    if (other !== undefined) return not(["backendRefs", index, other], shared);
    if (backend.kind !== "Service" || backend.group !== "") return not(["backendRefs", index, "kind"], shared);
  }
  let rewrite: Rewrite | undefined;
  for (const [index, filter] of rule.filters.entries()) {
    if (filter.type === "CORS") continue;
    const found = filter.type === "URLRewrite" ? rewriteOf(filter, rule, hosts) : shared;
    if (typeof found === "string") return not(["filters", index, "type"], found);
    rewrite = found;
  }
  const retries = rule.retry === undefined ? undefined : retriesOf(rule.retry);
  const { request, backendRequest } = rule.timeouts ?? {};
  const [whole, perTry] = [request, backendRequest].map((value) =>
    value === undefined ? "0s" : protobufDuration(value),
  );
  if (whole === undefined || perTry === undefined)
    return not(
      ["timeouts"],
      "has a value that is no duration, so this rule's requests share connections; allowed: for example 1.5s",
    );
  // As istiod reads them: for a request without retries, the backend's timeout is the request's.
  const timeout = perTry !== "0s" && retries === undefined ? perTry : whole;
  return {
    ...(timeout === "0s" ? {} : { timeout }),
    ...(retries === undefined
      ? {}
      : { retries: { ...retries, ...(perTry === "0s" ? {} : { perTryTimeout: perTry }) } }),
    ...(rewrite === undefined ? {} : { rewrite }),
    isOfGatewayApi: true,
  };
}

const shared = sharesConnections("rule");

function retriesOf({ attempts = 2, codes, backoff }: NonNullable<Rule["retry"]>): NonNullable<RouteAction["retries"]> {
  const retryOn = ["connect-failure", "refused-stream", "unavailable", "cancelled", ...codes.map(String)].join(",");
  return { attempts, ...(attempts === 0 ? {} : { retryOn }), ...(backoff === undefined ? {} : { backoff }) };
}

/** @returns the reason if it can't be rewritten */
function rewriteOf({ urlRewrite = {} }: Filter, { matches }: Rule, hosts: readonly string[]): Rewrite | string {
  const { hostname, path } = urlRewrite;
  const host = hostname === undefined || hostname === "" ? {} : { authority: hostname };
  if (path === undefined) return host;
  if (path.type === "ReplaceFullPath")
    return { ...host, regex: { pattern: "/.*", substitution: path.replaceFullPath ?? "" } };
  const match = pathOf(matches);
  if (match === undefined)
    return "replaces what several paths match, so this rule's requests share connections; give each path a rule of its own, with a name";
  const by = (path.replacePrefixMatch ?? "").replace(/\/$/, "");
  if (by !== "") return { ...host, prefix: { by, match, hosts } };
  return match.type === "PathPrefix"
    ? { ...host, regex: { pattern: `^${quoted(match.value)}(/?)(.*)`, substitution: "/\\2" } }
    : "removes what an exact path matches, so this rule's requests share connections";
}

/** The one path that all of them match. */
function pathOf(matches: Rule["matches"]): PathMatch | undefined {
  const paths = matches.map(({ path }): PathMatch | undefined => {
    const { type = "PathPrefix", value = "/" } = path ?? {};
    if (type === "Exact") return { type, value };
    if (type !== "PathPrefix") return undefined;
    const prefix = value.replace(/\/$/, "");
    return prefix === "" ? { type: "Prefix", value: "/" } : { type, value: prefix };
  });
  return onlyPath(paths);
}

/** Like Go's regexp.QuoteMeta. */
const quoted = (text: string): string => text.replace(/[\\.+*?()|[\]{}^$]/g, "\\$&");

/** Whether its rules match on one of the headers: the filter writes them after Envoy has chosen the request's route. */
export function ruleReadsHeader({ spec }: MeshRoute, names: readonly string[]): Finding | undefined {
  for (const [index, { matches }] of spec.rules.entries())
    for (const [at, { headers }] of matches.entries()) {
      const read = headers.find(({ name }) => names.includes(name.toLowerCase()));
      if (read !== undefined)
        return finding("RouteReadsLevel", ["spec", "rules", index, "matches", at, "headers"], readsLevel(read.name));
    }
  return undefined;
}
