// Makes and reads the names in a proxy; no other file does. Clusters that Istio also makes have the names that istiod gives them.
import { levelSubset } from "@expedite/filter/config/level-cluster.ts";
import type { FilterConfig } from "@expedite/filter/config/schema.ts";
import { dedicatedSubset } from "../../core/level-subset.ts";

/** Where Istio's redirection sends inbound and outbound connections. */
export const inboundPort = 15006;
export const outboundPort = 15001;
/** Envoy's admin interface, on the loopback only. */
export const adminPort = 15000;

/** Names shared routes, and the cluster specifier with which they choose; distinguishes them from users' routes. */
export const specifierName = "expedite";

/** Prefixes of cluster names: those of Services and their subsets, and those of the aggregates that represent them. */
export const originals = "outbound";
export const aggregates = "expedite";

type HostPort = { readonly host: string; readonly port: number };
/** A destination of a route; `subset` is the user's own. */
type To = HostPort & { readonly subset?: string };

export function inboundCluster(port: number): string {
  return `inbound|${port}||`;
}

/** All ready pods of a Service port: the Service's own cluster. */
export function originalCluster({ host, port, subset = "" }: To): string {
  return `${originals}|${port}|${subset}|${host}`;
}

/** The subset of one level: the level's own connections. The filter makes the same name from a route's cluster. */
export function levelCluster({ host, port, subset }: To, level: string): string {
  return `${originals}|${port}|${levelSubset(level, subset)}|${host}`;
}

/** The subset of the pods dedicated to the level. */
export function dedicatedCluster({ host, port, subset }: To, level: string): string {
  return `${originals}|${port}|${dedicatedSubset(level, subset)}|${host}`;
}

/** The cluster that represents a level's cluster if several are tried in turn. */
export function aggregateCluster({ host, port, subset }: To, level: string): string {
  return `${aggregates}|${port}|${levelSubset(level, subset)}|${host}`;
}

/** Whether a text names a cluster that istiod makes of a level's subset. */
export function namesLevelCluster(text: string): boolean {
  return text.includes(`|${levelSubset("")}`);
}

/** Whether a text names an aggregate cluster. */
export function namesAggregate(text: string): boolean {
  return text.includes(`${aggregates}|`);
}

type Role = FilterConfig["role"];

const filters = "expedite-";

/** Names the filter in the connection managers of one role, and its configuration. `key`: a filter for only some workloads. */
export function filterName(role: Role, key?: string): string {
  return `${filters}${role}${key === undefined ? "" : `-${key}`}`;
}

/** @param filter a name without a key */
export function roleOf(filter: string): Role {
  return filter.slice(filters.length) as Role;
}
