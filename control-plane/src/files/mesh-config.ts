// Reads the facts of the mesh from the ConfigMaps `istio` and `istio-<revision>`, in which istiod keeps its mesh config.
import { LineCounter } from "yaml";
import { istioMeshConfig } from "../api/mesh-config.ts";
import { formatProblem, parse, valueAt } from "../api/parse.ts";
import { type MeshConfig, meshConfigFrom, type SaidOutsideOfMeshConfig } from "../core/mesh-config.ts";
import type { SourceDocument } from "./documents.ts";
import { yamlDocuments, yamlProblem } from "./yaml.ts";

type LoadedMesh = { readonly mesh: MeshConfig } | { readonly problems: readonly string[] };

/** Other ConfigMaps with such a name (istio-ca-root-cert, istio-sidecar-injector) contain no mesh config. */
export function isMeshConfig({ value }: SourceDocument): boolean {
  return (
    valueAt(value, ["apiVersion"]) === "v1" &&
    valueAt(value, ["kind"]) === "ConfigMap" &&
    /^istio(-|$)/.test(String(valueAt(value, ["metadata", "name"]))) &&
    typeof valueAt(value, ["data", "mesh"]) === "string"
  );
}

/** Several ConfigMaps (one per revision) must agree in everything that is read here. */
export function loadMesh(configMaps: readonly SourceDocument[], outside: SaidOutsideOfMeshConfig): LoadedMesh {
  const read = configMaps.map((document) => ({ document, ...meshOf(document, outside) }));
  const problems = read.flatMap((one) => ("problems" in one ? one.problems : []));
  const found = read.flatMap(({ document, ...one }) => ("mesh" in one ? [{ document, mesh: one.mesh }] : []));
  const [first] = found;
  const other = found.find(({ mesh }) => JSON.stringify(mesh) !== JSON.stringify(first?.mesh));
  if (first !== undefined && other !== undefined)
    problems.push(
      `${line(other.document)} differs from the mesh config of ${first.document.where([])}; give the files of one revision`,
    );
  return problems.length > 0
    ? { problems }
    : { mesh: first?.mesh ?? meshConfigFrom(istioMeshConfig.parse({}), outside) };
}

function meshOf(document: SourceDocument, outside: SaidOutsideOfMeshConfig): LoadedMesh {
  const refuse = (message: string): LoadedMesh => ({ problems: [`${line(document)}: ${message}`] });
  const [first] = yamlDocuments(String(valueAt(document.value, ["data", "mesh"])), new LineCounter());
  const broken = first === undefined ? undefined : yamlProblem(first);
  if (broken !== undefined) return refuse(broken.message);
  const parsed = parse(istioMeshConfig, first?.toJS() ?? {});
  if ("problems" in parsed)
    return { problems: parsed.problems.map((one) => `${line(document)}: ${formatProblem(one)}`) };
  const namespace = valueAt(document.value, ["metadata", "namespace"]);
  const istiodNamespace = typeof namespace === "string" ? namespace : undefined;
  return { mesh: meshConfigFrom(parsed.value, { istiodNamespace, ...outside }) };
}

function line(document: SourceDocument): string {
  return `${document.where(["data", "mesh"])}: ConfigMap ${String(valueAt(document.value, ["metadata", "name"]))}: data.mesh`;
}
