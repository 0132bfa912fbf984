// Reads YAML or JSON as kubectl does: YAML 1.1 as in Go's yaml.v2, so that a value here means the same as in what the API server receives.
import { type Document, type LineCounter, parseAllDocuments, type Tags } from "yaml";

/** go-yaml knows neither `1:30` for 90 nor times, and a single dot is not a number: it reads all of them as text. */
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

/** The first error of a document, in words that say what to change. */
export function yamlProblem({
  errors: [error],
}: Document): { readonly at: number; readonly message: string } | undefined {
  if (error === undefined) return undefined;
  const message =
    error.code === "DUPLICATE_KEY"
      ? "this key is already in the map, and kubectl would silently take the last one; remove one"
      : `is not YAML: ${error.message}`;
  return { at: error.pos[0], message };
}
