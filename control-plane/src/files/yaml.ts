// Reads YAML or JSON as kubectl does: YAML 1.1 as Go's yaml.v2 knows it, so that a value means here what the API server will be
// sent.
import { type Document, type LineCounter, parseAllDocuments, type Tags } from "yaml";

/** go-yaml has neither `1:30` for 90 nor times, and a dot alone is no number: all are text to it. */
function tags(all: Tags): Tags {
  return all
    .filter((tag) => typeof tag === "string" || (tag.format !== "TIME" && !tag.tag.endsWith(":timestamp")))
    .map((tag) => {
      if (typeof tag === "string" || !("test" in tag) || tag.test?.test(".") !== true) return tag;
      return { ...tag, test: new RegExp(`^(?!\\.$)${tag.test.source.slice(1)}`) } as typeof tag;
    });
}

export function yamlDocuments(text: string, lineCounter: LineCounter): readonly Document[] {
  return [...parseAllDocuments(text, { lineCounter, prettyErrors: false, schema: "yaml-1.1", customTags: tags })];
}

/** Of the first error of a document, in words that say what to change. */
export function yamlProblem({
  errors: [error],
}: Document): { readonly at: number; readonly message: string } | undefined {
  if (error === undefined) return undefined;
  const message =
    error.code === "DUPLICATE_KEY"
      ? "this key is in the map already, and kubectl would take the last one without a word; remove one"
      : `is not YAML: ${error.message}`;
  return { at: error.pos[0], message };
}
