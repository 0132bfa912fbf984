// In: a folder of YAML. Out: the mesh that it is: mesh-config.yaml is Istio's MeshConfig, everything else objects. And back.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parse, parseAllDocuments, stringify } from "yaml";
import type { Json, Thing } from "../protocol.ts";
import type { Mesh } from "./mesh.ts";

const configFile = "mesh-config.yaml";

export function meshOf(folder: string): Mesh {
  const names = readdirSync(folder).filter((name) => /\.ya?ml$/.test(name) && name !== configFile);
  const objects = names.sort().flatMap((name) =>
    parseAllDocuments(readFileSync(join(folder, name), "utf8"))
      .map((document) => document.toJS() as Thing | null)
      .filter((value) => value !== null),
  );
  const file = join(folder, configFile);
  const meshConfig = existsSync(file) ? (parse(readFileSync(file, "utf8")) as Json) : {};
  return { meshConfig, objects: withNamespaces(objects), age: "newest" };
}

/** A namespace need not be said. */
function withNamespaces(objects: readonly Thing[]): readonly Thing[] {
  const said = new Set(objects.flatMap(({ kind, metadata }) => (kind === "Namespace" ? [metadata.name] : [])));
  const named = new Set(objects.flatMap(({ metadata }) => metadata.namespace ?? []));
  const missing = [...named].filter((name) => !said.has(name));
  return [...missing.map((name) => ({ apiVersion: "v1", kind: "Namespace", metadata: { name } })), ...objects];
}

/** As `meshOf` reads it, and `expedite render -f` but for the mesh config. */
export function textOf({ objects, meshConfig, age }: Mesh): string {
  const config = stringify(meshConfig).trim().split("\n");
  const comments = [`# mesh config:`, ...config.map((line) => `#   ${line}`), `# Expedite's objects are the ${age}.`];
  return [comments.join("\n"), ...objects.map((object) => stringify(object).trim())].join("\n---\n");
}
