// In: an istiod's answer of /debug/connections. Out: which connection is a proxy's, and whether istiod can be asked for it alone.
export type Connection = { readonly id: string; readonly connectedAt: number };

/** @throws for another form */
export function connectionsOf(answer: unknown): readonly Connection[] {
  type Client = { readonly connectionId?: string; readonly connectedAt?: string };
  const { clients } = answer as { readonly clients?: readonly Client[] };
  return (clients ?? []).flatMap(({ connectionId, connectedAt = "" }) =>
    connectionId === undefined ? [] : [{ id: connectionId, connectedAt: Date.parse(connectedAt) || 0 }],
  );
}

/** A proxy's newest: an earlier one may hang on for a while. Its id is the proxy's and a number. */
export function newestOf(connections: readonly Connection[], proxy: string): Connection | undefined {
  return connections
    .filter(({ id }) => id.startsWith(`${proxy}-`) && /^\d+$/.test(id.slice(proxy.length + 1)))
    .sort((a, b) => a.connectedAt - b.connectedAt)
    .at(-1);
}

/** istiod takes any connection whose id contains what it is asked for: `web-0.shop-1` is also `big-web-0.shop-1` and `web-0.shop-12`. */
export function isUnmistakable({ id }: Connection, connections: readonly Connection[]): boolean {
  return connections.filter((other) => other.id.includes(id)).length === 1;
}
