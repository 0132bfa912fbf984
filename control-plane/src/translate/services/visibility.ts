// Decides which objects and hosts the proxies of a namespace see (exportTo, Sidecar), and gives hosts their full names.
import type { SidecarScope } from "../../api/istio.ts";
import { covers } from "../../core/host-pattern.ts";
import { exportToAnnotation } from "../../core/labels.ts";
import type { MeshConfig } from "../../core/mesh-config.ts";

type Mesh = Pick<MeshConfig, "clusterDomain">;

type Exported = { readonly exportTo: readonly string[]; readonly namespace: string };

/** `.` is the object's own namespace, `~` is none. @param byDefault the mesh's default for an object without exportTo */
export function isExported({ exportTo, namespace }: Exported, client: string, byDefault: readonly string[]): boolean {
  return (exportTo.length === 0 ? byDefault : exportTo).some(
    (entry) => entry === "*" || entry === client || (entry === "." && namespace === client),
  );
}

/** A Service's annotation: names separated by commas. */
export function exportToOf(annotations: Readonly<Record<string, string>> | undefined): readonly string[] {
  const text = annotations?.[exportToAnnotation] ?? "";
  return text
    .split(",")
    .map((entry) => entry.trim())
    .filter((entry) => entry !== "");
}

export function hostName(namespace: string, name: string, { clusterDomain }: Mesh): string {
  return `${name}.${namespace}.svc.${clusterDomain}`;
}

/**
 * Istio expands only a name without a dot, to a Service in the namespace of the object that names it (model/config.go:
 * ResolveShortnameToFQDN).
 */
export function fullName(host: string, namespace: string, mesh: Mesh): string {
  return (host === "*" || host.includes(".") ? host : hostName(namespace, host, mesh)).toLowerCase();
}

/** What the namespace's default Sidecar lets its proxies see, otherwise the mesh's; a Sidecar for one workload only narrows that one. */
export function egressOf(
  scopes: readonly SidecarScope[],
  client: string,
  { rootNamespace }: Pick<MeshConfig, "rootNamespace">,
): readonly string[] {
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
