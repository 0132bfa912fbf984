// In: what a proxy's object stands for. Out: its name, as istiod writes it; the only place where names are made.
import { levelSubset } from "../../core/level-subset.ts";

/** Where Istio's redirection sends what comes in, and what goes out. */
export const inboundPort = 15006;
export const outboundPort = 15001;
/** Envoy's admin interface, on the loopback only. */
export const adminPort = 15000;

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

/** The subset of one level: the level's own connections, `isDedicated`: to its own pods. */
export function levelCluster({ host, port, subset }: Place, level: string, isDedicated = false): string {
  return `outbound|${port}|${levelSubset(level, subset, isDedicated)}|${host}`;
}

/** The level's subset, and the original where that is missing or empty: what routes name. */
export function aggregateCluster({ host, port, subset }: Place, level: string): string {
  return `expedite|${level}${subset === undefined ? "" : `--${subset}`}|${port}|${host}`;
}
