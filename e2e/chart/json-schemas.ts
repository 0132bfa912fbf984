// Makes JSON schemas in the form that kubeconform reads: of Kubernetes' own kinds from its OpenAPI document, and of others from their
// CustomResourceDefinitions. Pure.

type Json = { readonly [key: string]: unknown };
type GroupVersionKind = { readonly group: string; readonly version: string; readonly kind: string };

const prefix = "#/definitions/";

/** For kubeconform's `-schema-location`. */
export const schemaLocation = "{{.ResourceKind}}{{.KindSuffix}}.json";

/** As in that: `deployment-apps-v1.json`. */
function fileOf({ group, version, kind }: GroupVersionKind): string {
  const [first = ""] = group.split(".");
  return `${[kind.toLowerCase(), ...(first === "" ? [] : [first]), version].join("-")}.json`;
}

/** `swagger`: Kubernetes' api/openapi-spec/swagger.json. @returns schemas by file */
export function kubernetesSchemas(swagger: Json): ReadonlyMap<string, Json> {
  const definitions = swagger.definitions as Readonly<Record<string, Json>>;
  const files = new Map<string, Json>();
  for (const [name, definition] of Object.entries(definitions)) {
    const kinds = (definition["x-kubernetes-group-version-kind"] ?? []) as readonly GroupVersionKind[];
    for (const kind of kinds) {
      const needed = referencesOf(name, definitions);
      const parts = [...needed].map((part) => [part, strict(definitions[part]!, part)] as const);
      files.set(fileOf(kind), { $ref: `${prefix}${name}`, definitions: Object.fromEntries(parts) });
    }
  }
  return files;
}

/** Of one version of each kind that a CustomResourceDefinition has. @returns schemas by file */
export function customSchemas(definitions: readonly Json[]): ReadonlyMap<string, Json> {
  return new Map(
    definitions.flatMap(({ spec }) => {
      const { group, names, versions } = spec as {
        readonly group: string;
        readonly names: { readonly kind: string };
        readonly versions: readonly { readonly name: string; readonly schema: { readonly openAPIV3Schema: Json } }[];
      };
      return versions.map(({ name, schema }) => {
        const { properties, ...rest } = schema.openAPIV3Schema;
        const whole = { apiVersion: { type: "string" }, kind: { type: "string" }, metadata: { type: "object" } };
        const all = { ...rest, properties: { ...(properties as Json), ...whole } };
        return [fileOf({ group, version: name, kind: names.kind }), strict(all)] as const;
      });
    }),
  );
}

/** Names of all definitions that one needs, with its own. */
function referencesOf(name: string, definitions: Readonly<Record<string, Json>>): ReadonlySet<string> {
  const found = new Set<string>();
  const waiting = [name];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    if (found.has(next)) continue;
    found.add(next);
    for (const [, reference] of JSON.stringify(definitions[next]).matchAll(/"#\/definitions\/([^"]+)"/g))
      waiting.push(reference!);
  }
  return found;
}

/** Kubernetes reads these as more than the document says. */
const numbers = /\.(?:Quantity|IntOrString)$/;

/** Fields that are not in the schema are refused, as the API server does with strict validation. */
function strict(schema: Json, name = ""): Json {
  if (numbers.test(name) || schema["x-kubernetes-int-or-string"] === true) return { type: ["string", "number"] };
  const isOpen =
    schema.properties === undefined ||
    schema.additionalProperties !== undefined ||
    schema["x-kubernetes-preserve-unknown-fields"] === true;
  const entries = Object.entries(schema)
    // Formats of Go, and regular expressions of RE2, which JSON Schema does not have.
    .filter(([key]) => key !== "format" && key !== "pattern" && !key.startsWith("x-kubernetes-"))
    .map(([key, value]) => [key, within(key, value)]);
  return { ...Object.fromEntries(entries), ...(isOpen ? {} : { additionalProperties: false }) };
}

function within(key: string, value: unknown): unknown {
  if (key === "properties")
    return Object.fromEntries(Object.entries(value as Json).map(([name, of]) => [name, strict(of as Json)]));
  if (Array.isArray(value))
    return ["allOf", "anyOf", "oneOf"].includes(key) ? value.map((one) => strict(one as Json)) : value;
  return ["items", "additionalProperties", "not"].includes(key) && typeof value === "object"
    ? strict(value as Json)
    : value;
}
