// Compares hosts that may begin with a wildcard, by the rule that Istio and the Gateway API share.

/** `*` covers every host, `*.shop.example` every host that ends in `.shop.example`, and a pattern covers itself. */
export function covers(pattern: string, host: string): boolean {
  return pattern.startsWith("*") ? host.endsWith(pattern.slice(1)) : pattern === host;
}
