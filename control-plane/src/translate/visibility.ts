// In: exportTo of an object and the Sidecar resources. Out: whether the proxies of a namespace see it.
import type { SidecarScope } from "../api/istio.ts";

/** Where Istio looks last, and what its mesh-wide defaults are in. */
export const rootNamespace = "istio-system";

/** Empty: everybody. `.` is the object's own namespace, `~` nobody. */
export function isExported(exportTo: readonly string[], own: string, client: string): boolean {
  if (exportTo.length === 0) return true;
  return exportTo.some((entry) => entry === "*" || entry === client || (entry === "." && own === client));
}

/** An annotation of a Service: names separated by commas. */
export function exportToOf(annotations: Readonly<Record<string, string>> | undefined): readonly string[] {
  const text = annotations?.["networking.istio.io/exportTo"] ?? "";
  return text
    .split(",")
    .map((entry) => entry.trim())
    .filter((entry) => entry !== "");
}

/** A full name: of Services without a dot in the namespace of who names them. */
export function fullName(host: string, namespace: string): string {
  if (host.includes("*") || host.endsWith(".svc.cluster.local")) return host;
  const parts = host.split(".");
  if (parts.length === 1) return `${host}.${namespace}.svc.cluster.local`;
  if (parts.length === 2) return `${host}.svc.cluster.local`;
  return parts.length === 3 && parts[2] === "svc" ? `${host}.cluster.local` : host;
}

export function covers(pattern: string, host: string): boolean {
  return pattern === host || pattern === "*" || (pattern.startsWith("*") && host.endsWith(pattern.slice(1)));
}

/** What the namespace's default Sidecar lets its proxies see, else the mesh's; a Sidecar of one workload only narrows that one. */
export function egressOf(scopes: readonly SidecarScope[], client: string): readonly string[] {
  const defaultOf = (namespace: string): SidecarScope | undefined =>
    scopes.find(({ metadata, spec }) => metadata.namespace === namespace && spec.workloadSelector === undefined);
  const scope = defaultOf(client) ?? defaultOf(rootNamespace);
  return scope?.spec.egress.flatMap(({ hosts }) => hosts) ?? [];
}

/** `egress` as in a Sidecar resource, namespace/host; none: everything. */
export function isInEgress(
  egress: readonly string[],
  client: string,
  host: { host: string; namespace: string },
): boolean {
  if (egress.length === 0) return true;
  return egress.some((entry) => {
    const [namespace = "", pattern = ""] = entry.split("/");
    const isThere =
      namespace === "*" || namespace === host.namespace || (namespace === "." && host.namespace === client);
    return isThere && covers(pattern, host.host);
  });
}
