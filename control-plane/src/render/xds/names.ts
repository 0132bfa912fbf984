// The names of what a proxy has: they are made and read here only. Clusters that Istio makes too have the names that istiod gives them.
import { levelSubset } from "@expedite/filter/config/level-cluster.ts";
import type { FilterConfig } from "@expedite/filter/config/schema.ts";
import { dedicatedSubset } from "../../core/level-subset.ts";

/** Where Istio's redirection sends what comes in, and what goes out. */
export const inboundPort = 15006;
export const outboundPort = 15001;
/** Envoy's admin interface, on the loopback only. */
export const adminPort = 15000;

/** Of shared routes, and of the cluster specifier that they choose with: it distinguishes them from a user's. */
export const specifierName = "expedite";

/** What names of clusters begin with: those of Services and their subsets, and the aggregates that stand for such a one. */
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

/** The subset of one level: the level's own connections. The filter makes the same name of a route's cluster. */
export function levelCluster({ host, port, subset }: To, level: string): string {
  return `${originals}|${port}|${levelSubset(level, subset)}|${host}`;
}

/** The subset of the level's own pods. */
export function dedicatedCluster({ host, port, subset }: To, level: string): string {
  return `${originals}|${port}|${dedicatedSubset(level, subset)}|${host}`;
}

/** What stands for a level's cluster where several are tried in turn. */
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

/** Of the filter in the connection managers of one role, and of its configuration. `key`: one for some workloads only. */
export function filterName(role: Role, key?: string): string {
  return `${filters}${role}${key === undefined ? "" : `-${key}`}`;
}

/** @param filter a name without a key */
export function roleOf(filter: string): Role {
  return filter.slice(filters.length) as Role;
}
