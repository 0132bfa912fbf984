// Reads files and folders of YAML and JSON into documents that know their file and lines.
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { isMap, isNode, isScalar, LineCounter, type Document as YamlDocument } from "yaml";
import type { FieldPath } from "../api/parse.ts";
import { yamlDocuments, yamlProblem } from "./yaml.ts";

export type SourceDocument = {
  readonly value: unknown;
  /** `file:line` of a field, or of the nearest field around it. */
  readonly where: (path: FieldPath) => string;
};

export type Documents = { readonly documents: readonly SourceDocument[]; readonly problems: readonly string[] };

/** In a folder, every *.yaml, *.yml and *.json, by name, without subfolders. */
export function readDocuments(paths: readonly string[]): Documents {
  const problems: string[] = [];
  const documents = paths.flatMap(filesOf(problems)).flatMap((file) => {
    const parsed = parseText(file, readFileSync(file, "utf8"));
    problems.push(...parsed.problems);
    return parsed.documents;
  });
  return { documents, problems };
}

const filesOf =
  (problems: string[]) =>
  (path: string): string[] => {
    const stat = statSync(path, { throwIfNoEntry: false });
    if (stat === undefined) {
      problems.push(`${path}: does not exist`);
      return [];
    }
    if (!stat.isDirectory()) return [path];
    const files = readdirSync(path)
      .filter((name) => /\.(ya?ml|json)$/.test(name))
      .sort();
    if (files.length === 0) problems.push(`${path}: the folder has no *.yaml, *.yml or *.json`);
    return files.map((name) => join(path, name));
  };

function parseText(file: string, text: string): Documents {
  const lines = new LineCounter();
  const problems: string[] = [];
  const documents = yamlDocuments(text, lines).flatMap((document) => {
    // Only the first problem, because later ones in the same document mostly follow from it.
    const broken = yamlProblem(document);
    if (broken !== undefined) {
      const { line, col } = lines.linePos(broken.at);
      problems.push(`${file}:${line}:${col}: ${broken.message}`);
    }
    // A file may end with ---, and documents may contain only comments.
    const isEmpty = document.contents === null || (isScalar(document.contents) && document.contents.value === null);
    if (broken !== undefined || isEmpty) return [];
    try {
      return items(document.toJS(), (path) => `${file}:${lineOf(document, lines, path)}`);
    } catch (error) {
      // The yaml package throws if aliases multiply (a "billion laughs").
      problems.push(`${file}: is not YAML: ${(error as Error).message}`);
      return [];
    }
  });
  return { documents, problems };
}

/**
 * Replaces a `kind: List`, as `kubectl get -o yaml` prints it, by its items; those of a `ServiceList` from the API have no kind of their
 * own.
 */
function items(value: unknown, where: SourceDocument["where"]): SourceDocument[] {
  const list = value as { readonly apiVersion?: unknown; readonly kind?: unknown; readonly items?: unknown } | null;
  if (typeof list?.kind !== "string" || !list.kind.endsWith("List") || !Array.isArray(list.items))
    return [{ value, where }];
  const kind = list.kind.slice(0, -"List".length);
  const common = kind === "" ? {} : { apiVersion: list.apiVersion, kind };
  return list.items.map((item, index) => ({
    value: typeof item === "object" && item !== null ? { ...common, ...item } : item,
    where: (path) => where(["items", index, ...path]),
  }));
}

function lineOf(document: YamlDocument, lines: LineCounter, path: FieldPath): number {
  for (let length = path.length; length >= 0; length--) {
    const offset = offsetOf(document, path.slice(0, length));
    if (offset !== undefined) return lines.linePos(offset).line;
  }
  return 1;
}

/** The position of the field's key, so that the line of a list or map is that of its name. */
function offsetOf(document: YamlDocument, path: FieldPath): number | undefined {
  const last = path.at(-1);
  const parent = path.length === 0 ? undefined : document.getIn(path.slice(0, -1), true);
  const pair = isMap(parent) ? parent.items.find(({ key }) => isScalar(key) && key.value === last) : undefined;
  if (isNode(pair?.key)) return pair.key.range?.[0];
  const node = document.getIn(path, true);
  return isNode(node) ? node.range?.[0] : undefined;
}
