// Reads a mesh from a folder of YAML, as `expedite render -f` reads it, including Istio's mesh config in its ConfigMap; and writes one.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parse, parseAllDocuments, stringify } from "yaml";
import type { Json, Thing } from "../protocol.ts";
import type { Mesh } from "./mesh.ts";

export function meshOf(folder: string): Mesh {
  const names = readdirSync(folder).filter((name) => /\.ya?ml$/.test(name));
  const all = names.sort().flatMap((name) =>
    parseAllDocuments(readFileSync(join(folder, name), "utf8"))
      .map((document) => document.toJS() as Thing | null)
      .filter((value) => value !== null),
  );
  const config = all.find(isMeshConfig);
  const objects = withNamespaces(all.filter((one) => !isMeshConfig(one)));
  return { meshConfig: config === undefined ? {} : meshConfigOf(config), objects, age: "newest" };
}

const isMeshConfig = ({ kind, metadata }: Thing): boolean => kind === "ConfigMap" && metadata.name === "istio";

/** Unless the mesh config says otherwise, the root namespace is that of istiod. */
function meshConfigOf({ data, metadata }: Thing): Json {
  const { mesh } = data as { readonly mesh: string };
  return { rootNamespace: metadata.namespace, ...(parse(mesh) as Json) };
}

export function configMapOf({ meshConfig }: Mesh): Thing {
  const { rootNamespace = "istio-system" } = meshConfig as { readonly rootNamespace?: string };
  const metadata = { name: "istio", namespace: rootNamespace };
  return { apiVersion: "v1", kind: "ConfigMap", metadata, data: { mesh: stringify(meshConfig, { version: "1.1" }) } };
}

/** Objects may omit their namespace. */
function withNamespaces(objects: readonly Thing[]): readonly Thing[] {
  const said = new Set(objects.flatMap(({ kind, metadata }) => (kind === "Namespace" ? [metadata.name] : [])));
  const named = new Set(objects.flatMap(({ metadata }) => metadata.namespace ?? []));
  const missing = [...named].filter((name) => !said.has(name));
  return [...missing.map((name) => ({ apiVersion: "v1", kind: "Namespace", metadata: { name } })), ...objects];
}

export function textOf(mesh: Mesh): string {
  const objects = [configMapOf(mesh), ...mesh.objects].map((object) => stringify(object, { version: "1.1" }).trim());
  return [`# Expedite's own objects are the ${mesh.age}.`, ...objects].join("\n---\n");
}
