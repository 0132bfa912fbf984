// Chooses among the mesh configs of several istiods: revisions of one mesh may differ for a while, as during an upgrade.
import type { MeshConfig } from "../core/mesh-config.ts";

/** The names in Istio's mesh config. */
const names: Readonly<Record<keyof MeshConfig, string>> = {
  rootNamespace: "rootNamespace",
  trustDomains: "trustDomain and trustDomainAliases",
  clusterDomain: "--domain",
  defaultExportTo: "default…ExportTo",
  defaultRetries: "defaultHttpRetryPolicy",
  discoverySelectors: "discoverySelectors",
  pathNormalization: "pathNormalization",
  istiodNamespace: "the namespace of istiod",
  disagreements: "",
};

/**
 * `found`: of each istiod; at least one. `used`: the one in use, which stays as long as an istiod has it. @returns otherwise that of most
 * istiods, whatever their order, with what they disagree on
 */
export function chooseMeshConfig(found: readonly MeshConfig[], used?: MeshConfig): MeshConfig {
  const groups = [...Map.groupBy(found, textOf)].sort(
    ([a, ones], [b, others]) => others.length - ones.length || (a < b ? -1 : 1),
  );
  const kept = used === undefined ? undefined : groups.find(([text]) => text === textOf(used));
  const [chosen] = (kept ?? groups[0]!)[1] as [MeshConfig];
  const disagreements = (Object.keys(names) as (keyof MeshConfig)[])
    .filter((key) => new Set(found.map((config) => JSON.stringify(config[key]))).size > 1)
    .map((key) => names[key]);
  return disagreements.length === 0 ? chosen : { ...chosen, disagreements };
}

const textOf = ({ disagreements: _, ...said }: MeshConfig): string => JSON.stringify(said);
