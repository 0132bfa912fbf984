// In: what a proxy's object stands for. Out: its name, as istiod writes it; the only place where names are made.

/** Where Istio's redirection sends what comes in, and what goes out. */
export const inboundPort = 15006;
export const outboundPort = 15001;
/** Envoy's admin interface, on the loopback only. */
export const adminPort = 15000;

type HostPort = { readonly host: string; readonly port: number };

export function inboundCluster(port: number): string {
  return `inbound|${port}||`;
}

/** All ready pods of a Service port: the service's own cluster. */
export function originalCluster({ host, port }: HostPort): string {
  return `outbound|${port}||${host}`;
}

/** The subset of one level: the level's own connections. */
export function levelCluster({ host, port }: HostPort, level: string): string {
  return `outbound|${port}|expedite-${level}|${host}`;
}

/** The level's subset, and the original where that is missing or empty: what routes name. */
export function aggregateCluster({ host, port }: HostPort, level: string): string {
  return `expedite|${level}|${port}|${host}`;
}
