// In: what a proxy's object stands for. Out: its name, as istiod writes it; the only place where names are made.
import { levelSubset } from "@expedite/filter/config/level-cluster.ts";
import { dedicatedSubset } from "../../core/level-subset.ts";

/** Where Istio's redirection sends what comes in, and what goes out. */
export const inboundPort = 15006;
export const outboundPort = 15001;
/** Envoy's admin interface, on the loopback only. */
export const adminPort = 15000;

/** Of shared routes, and of the cluster specifier that they choose with: it tells them from a user's. */
export const specifierName = "expedite";

type HostPort = { readonly host: string; readonly port: number };
/** A destination of a route; `subset` is the user's own. */
type Place = HostPort & { readonly subset?: string };

export function inboundCluster(port: number): string {
  return `inbound|${port}||`;
}

/** All ready pods of a Service port: the service's own cluster. */
export function originalCluster({ host, port, subset = "" }: Place): string {
  return `outbound|${port}|${subset}|${host}`;
}

/** The subset of one level: the level's own connections. The filter makes the same name of a route's cluster. */
export function levelCluster({ host, port, subset }: Place, level: string): string {
  return `outbound|${port}|${levelSubset(level, subset)}|${host}`;
}

/** The subset of the level's own pods. */
export function dedicatedCluster({ host, port, subset }: Place, level: string): string {
  return `outbound|${port}|${dedicatedSubset(level, subset)}|${host}`;
}

/** What stands for a level's cluster where one more than that is tried in turn: its name with `expedite` for `outbound`. */
export function aggregateCluster(place: Place, level: string): string {
  return levelCluster(place, level).replace(/^outbound/, "expedite");
}
